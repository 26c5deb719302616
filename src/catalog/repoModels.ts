import { importedNamespace, isLocalRepo } from '../common/repository';
import { defined } from '../protocol/defined';
import type { CatalogModel } from './catalogModel';
import { runsCode } from './codeInFiles';
import { exactPath, exactPattern, matchesPatterns } from './filePatterns';
import { formatHubModelId, type HubModelId } from './hubModelId';
import { recogniseVariants, type RecognisedVariant, type NamedFile } from './recognise';

/** The runtimes of a format, for models that no catalog describes. */
const loaders: Readonly<Record<string, readonly string[]>> = {
  ggml: ['whisper.cpp', '@fugood/whisper.node'],
  'gguf-transcribe-cpp': ['transcribe-cpp (npm)'],
  ctranslate2: ['faster-whisper (Python)'],
  transformers: ['transformers (Python)'],
  'onnx-transformers': ['@huggingface/transformers'],
  'onnx-sherpa': ['sherpa-onnx-node'],
  'onnx-asr': ['onnx-asr (Python)'],
  'onnx-moonshine': ['moonshine-voice'],
  nemo: ['NVIDIA NeMo (Python)'],
};

/** Whose model it is, as the lists show it: the Hub's, imported by the person, or from a catalog that is gone. */
function familyOf(repo: string): { readonly id: string; readonly name: string } {
  if (!isLocalRepo(repo)) return { id: 'hf', name: 'Hugging Face' };
  const isImported = repo.startsWith(`${importedNamespace}/`);
  return isImported ? { id: 'imported', name: 'Imported' } : { id: 'files', name: 'Plain files' };
}

/**
 * The model that an `hf:` or `local:` id stands for, before the Hub has been asked: only its repository is known. Its
 * format, its size and whether it can run code come from its file list (`recogniseVariants`).
 */
export function hubModel(id: HubModelId): CatalogModel {
  const { repo, revision, patterns } = id;
  const isLocal = isLocalRepo(repo);
  const at = revision === undefined ? '' : ` @ ${revision.slice(0, 40)}`;
  const only = isLocal ? '' : partName(patterns);
  const family = familyOf(repo);
  return {
    id: formatHubModelId(id),
    name: `${shownRepo(repo)}${at}${only}`,
    familyId: family.id,
    familyName: family.name,
    format: 'unknown',
    licence: {
      id: 'NOASSERTION',
      ...(isLocal ? {} : { url: `https://huggingface.co/${repo}` }),
    },
    gated: false,
    languages: [],
    loaders: [],
    streaming: false,
    translates: false,
    runsCode: runsCode('unknown', patterns),
    starter: false,
    source: {
      kind: isLocal ? 'local' : 'hub',
      repo,
      ...defined({ revision }),
      patterns,
    },
    files: [],
    catalog: family,
  };
}

/**
 * The name of a part of a repository: the variant, as the list of variants called it when it was chosen; else the first
 * of the patterns and how many more there are.
 */
function partName(patterns: readonly string[]): string {
  const [first, ...rest] = patterns;
  if (first === undefined) return '';
  const paths = patterns.map(exactPath);
  if (paths.every((path) => path !== undefined)) {
    const [variant, ...others] = recogniseVariants(paths.map((path) => ({ path })));
    if (variant !== undefined && others.length === 0) return `: ${variant.label}`;
  }
  return rest.length === 0 ? ` (${first})` : ` (${first} + ${String(rest.length)})`;
}

/** A repository's name for a person: the namespace of what is on no hub says nothing. */
function shownRepo(repo: string): string {
  return isLocalRepo(repo) ? repo.slice(repo.indexOf('/') + 1) : repo;
}

function modelOf(id: HubModelId, variant: RecognisedVariant, isOnly: boolean): CatalogModel {
  const patterns = variant.files.map((file) => exactPattern(file.path));
  const base = hubModel({ ...id, patterns });
  return {
    ...base,
    name:
      isOnly && isLocalRepo(id.repo)
        ? shownRepo(id.repo)
        : `${shownRepo(id.repo)}: ${variant.label}`,
    format: variant.format,
    loaders: loaders[variant.format] ?? [],
    runsCode: variant.runsCode,
    files: variant.files,
    ...(variant.kind === 'vad' ? { tasks: ['voice-activity-detection'] } : {}),
    ...defined({ quantization: variant.quantization, sizeBytes: variant.sizeBytes }),
  };
}

function wholeModel(id: HubModelId, files: readonly NamedFile[]): CatalogModel {
  const chosen = files
    .filter((file) => matchesPatterns(file.path, id.patterns))
    .map(({ path, sizeBytes }) => ({
      path,
      role: 'file',
      required: true,
      ...defined({ sizeBytes }),
    }));
  const isKnown = chosen.every((file) => file.sizeBytes !== undefined);
  const bytes = chosen.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  return { ...hubModel(id), files: chosen, ...(isKnown ? { sizeBytes: bytes } : {}) };
}

/**
 * The models of a repository that was chosen by its name, from its file list: a model for each variant that is recognised
 * among the files that the id's patterns choose, those that can run code last; the files as they are when none is.
 */
export function repoModels(id: HubModelId, files: readonly NamedFile[]): readonly CatalogModel[] {
  const chosen = files.filter((file) => matchesPatterns(file.path, id.patterns));
  const variants = recogniseVariants(chosen);
  return variants.length === 0
    ? [wholeModel(id, chosen)]
    : variants.map((variant) => modelOf(id, variant, variants.length === 1));
}
