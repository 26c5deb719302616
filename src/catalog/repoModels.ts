import { defined } from '../protocol/defined';
import type { CatalogModel } from './catalogModel';
import { runsCode } from './codeInFiles';
import { exactPattern, matchesPatterns } from './filePatterns';
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

/**
 * The model that an `hf:` id stands for, before the Hub has been asked: only its repository is known. Its format, its
 * size and whether it can run code come from its file list (`recogniseVariants`).
 */
export function hubModel(id: HubModelId): CatalogModel {
  const { repo, revision, patterns } = id;
  const at = revision === undefined ? '' : ` @ ${revision.slice(0, 40)}`;
  const only = patterns.length === 0 ? '' : ` (${patterns.join(', ')})`;
  return {
    id: formatHubModelId(id),
    name: `${repo}${at}${only}`,
    familyId: 'hf',
    familyName: 'Hugging Face',
    format: 'unknown',
    licence: { id: 'NOASSERTION', url: `https://huggingface.co/${repo}` },
    gated: false,
    languages: [],
    loaders: [],
    streaming: false,
    translates: false,
    runsCode: runsCode('unknown', patterns),
    starter: false,
    source: {
      kind: 'hub',
      repo,
      ...defined({ revision }),
      patterns,
    },
    files: [],
    catalog: { id: 'hf', name: 'Hugging Face' },
  };
}

function modelOf(id: HubModelId, variant: RecognisedVariant): CatalogModel {
  const patterns = variant.files.map((file) => exactPattern(file.path));
  const base = hubModel({ ...id, patterns });
  return {
    ...base,
    name: `${id.repo}: ${variant.label}`,
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
  const models = recogniseVariants(chosen).map((variant) => modelOf(id, variant));
  return models.length === 0 ? [wholeModel(id, chosen)] : models;
}
