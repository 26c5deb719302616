import { readTextWhenFree } from '../../common/fileInUse';
import { isObject, parseJson } from '../../common/json';
import { type LocalizedMessage, localized } from '../../common/localizedMessage';
import { fileKind, fileKindBytes, type FileKind } from '../../common/modelFile';
import { readOnnxFile } from '../../common/onnxFile';
import { fileContains, readHead } from '../../common/readAt';
import type { EngineName, ModelFile, ModelOnDisk } from '../model';
import { defined } from '../../protocol/defined';
import { formatName } from '../../protocol/programs';
import { readGgmlHeader } from './ggmlHeader';
import { ggufRefusal } from './ggufArchitectures';
import { readGgufHeader } from './ggufHeader';
import { inferFormat } from './inferFormat';
import {
  decidingFile,
  sherpaFamily,
  type SherpaFamily,
  sherpaParts,
  type SherpaParts,
} from './sherpaFamily';

/** How a model is loaded: the engine, and what that engine needs. */
export type LoadPlan =
  | {
      readonly engine: 'whisper.cpp';
      readonly kind: 'whisper' | 'parakeet';
      readonly modelPath: string;
      readonly multilingual: boolean;
    }
  | {
      readonly engine: 'transcribe.cpp';
      /** The architecture that the file names. */
      readonly kind: string;
      readonly modelPath: string;
    }
  | {
      readonly engine: 'sherpa-onnx';
      readonly kind: SherpaFamily;
      readonly parts: SherpaParts;
      /** The longest piece that this model takes, when that is less than what others take. */
      readonly longestPieceMs?: number;
    };

/** A plan, or why there is none. `damaged`: the bytes are wrong, rather than the kind of model. */
export type PlanOutcome =
  { readonly plan: LoadPlan } | { readonly refusal: LocalizedMessage; readonly damaged: boolean };

/** The formats that only Python programs load (docs/model-formats.md section 6). */
const pythonFormats = new Set([
  'ctranslate2',
  'transformers',
  'nemo',
  'onnx-asr',
  'onnx-moonshine',
]);

/** The engine for a format, before any file is there; undefined when it needs another program. */
export function engineForFormat(format: string): EngineName | undefined {
  if (format === 'ggml') return 'whisper.cpp';
  if (format === 'gguf-transcribe-cpp') return 'transcribe.cpp';
  return format === 'onnx-sherpa' ? 'sherpa-onnx' : undefined;
}

/**
 * Whether a model in a format of transformers is one that sherpa-onnx loads as it is: a Moonshine, by its name as long as
 * its config.json is not there.
 */
export function isMoonshine(names: string, format: string): boolean {
  return format === 'onnx-transformers' && /moonshine/i.test(names);
}

/** The message for a format that can't be loaded here and of which no other program is known. */
function noProgram(name: string, format: string): LocalizedMessage {
  return localized(
    '{0} is in the format {1}, which can’t be loaded here. Choose a variant for sherpa-onnx or whisper.cpp.',
    name,
    formatName(format),
  );
}

/** The message for a format that can't be loaded here. */
export function foreignFormat(name: string, format: string): LocalizedMessage {
  if (format === 'unknown') {
    return localized(
      'What kind of model {0} is can’t be told from its files, so it can’t be loaded here. Choose a variant for sherpa-onnx or whisper.cpp.',
      name,
    );
  }
  return pythonFormats.has(format)
    ? localized(
        '{0} is in the format {1}, which needs Python. Copy its code snippet to use it there.',
        name,
        formatName(format),
      )
    : localized(
        '{0} is in the format {1}, which can’t be loaded here. Copy its code snippet to use it in another program.',
        name,
        formatName(format),
      );
}

/**
 * Inspects a model's files (first bytes, ONNX metadata, sizes) and decides how it is loaded. Reads a few kB and
 * loads nothing. Rejects only as the file system does.
 */
export async function planLoad(model: ModelOnDisk): Promise<PlanOutcome> {
  const format =
    model.format === 'unknown' ? inferFormat(model.files.map((file) => file.path)) : model.format;
  const type = await transformersType(model);
  const isTransformers = format === 'onnx-transformers';
  const engine = isTransformers && type === 'moonshine' ? 'sherpa-onnx' : engineForFormat(format);
  if (engine === undefined && format !== 'unknown') {
    return refuse(foreignFormat(model.name, format));
  }
  const onnx = model.files.filter((file) => /\.(onnx|ort)$/.test(file.path));
  const largest = (extension: string): ModelFile | undefined =>
    model.files
      .filter((file) => file.path.endsWith(extension))
      .sort((a, b) => b.sizeBytes - a.sizeBytes)[0];
  const named = largest('.bin') ?? (engine === 'whisper.cpp' ? largest('') : undefined);
  const gguf = largest('.gguf') ?? (engine === 'transcribe.cpp' ? largest('') : undefined);
  const ggml = named ?? (engine === undefined ? await firstGgml(model.files) : undefined);
  const may = (name: EngineName): boolean => engine === undefined || engine === name;
  if (may('whisper.cpp') && ggml !== undefined) return planGgml(model, ggml);
  if (may('transcribe.cpp') && gguf !== undefined) return planGguf(model, gguf);
  if (may('sherpa-onnx') && onnx.length > 0) {
    const isForeign = type !== undefined && type !== 'moonshine' && !hasTokens(model);
    return isForeign ? refuse(noProgram(model.name, 'onnx-transformers')) : planSherpa(model, onnx);
  }
  if (engine === undefined) return refuse(foreignFormat(model.name, format));
  return damaged(localized('{0} has no model file. Verify the model to repair it.', model.name));
}

/** The kind of model that a config.json of transformers names; undefined without one. Rejects as the file system does. */
async function transformersType({ files }: ModelOnDisk): Promise<string | undefined> {
  const config = files.find(({ path }) => /(^|\/)config\.json$/.test(path));
  if (config === undefined || config.sizeBytes > longestConfigBytes) return undefined;
  const parsed = parseJson(await readTextWhenFree(config.absolutePath));
  const type = isObject(parsed) ? parsed['model_type'] : undefined;
  return typeof type === 'string' ? type : undefined;
}

const longestConfigBytes = 1_000_000;

function hasTokens({ files }: ModelOnDisk): boolean {
  return files.some(({ path }) => path.endsWith('tokens.txt'));
}

/** A model of whisper.cpp under another name: what a file is, its bytes say. */
async function firstGgml(files: readonly ModelFile[]): Promise<ModelFile | undefined> {
  for (const file of files) if ((await kindOf(file)).startsWith('ggml')) return file;
  return undefined;
}

async function planGgml(model: ModelOnDisk, file: ModelFile): Promise<PlanOutcome> {
  const kind = await kindOf(file);
  if (kind === 'ggml-parakeet') {
    return {
      plan: {
        engine: 'whisper.cpp',
        kind: 'parakeet',
        modelPath: file.absolutePath,
        multilingual: true,
      },
    };
  }
  if (kind === 'ggml-vad') {
    return refuse(
      localized('{0} finds speech but does not transcribe it. Load a speech model.', model.name),
    );
  }
  if (kind === 'ctranslate2') return refuse(foreignFormat(model.name, 'ctranslate2'));
  if (kind !== 'ggml-whisper') return wrongContent(file, kind);
  const header = await readGgmlHeader(file.absolutePath);
  if (header === undefined) return wrongContent(file, kind);
  return {
    plan: {
      engine: 'whisper.cpp',
      kind: 'whisper',
      modelPath: file.absolutePath,
      multilingual: header.multilingual,
    },
  };
}

async function planGguf(model: ModelOnDisk, file: ModelFile): Promise<PlanOutcome> {
  const kind = await kindOf(file);
  if (kind !== 'gguf') return wrongContent(file, kind);
  const { version, architecture } = await readGgufHeader(file.absolutePath);
  if (version === undefined) return truncated(file);
  if (version !== 2 && version !== 3) {
    return refuse(
      localized(
        '{0} is a GGUF file of version {1}; versions 2 and 3 can be loaded. Choose another model.',
        model.name,
        version,
      ),
    );
  }
  if (architecture === undefined) return truncated(file);
  const refusal = ggufRefusal(model.name, architecture);
  if (refusal !== undefined) return refuse(refusal);
  return {
    plan: { engine: 'transcribe.cpp', kind: architecture, modelPath: file.absolutePath },
  };
}

async function planSherpa(model: ModelOnDisk, onnx: readonly ModelFile[]): Promise<PlanOutcome> {
  for (const file of onnx) {
    const kind = await kindOf(file);
    if (file.path.endsWith('.ort') ? kind !== 'ort' : !(await isOnnx(file, kind))) {
      return wrongContent(file, kind);
    }
  }
  const parts = sherpaParts(model.files);
  const deciding = decidingFile(parts);
  let metadata: ReadonlyMap<string, string> = new Map();
  if (deciding?.path.endsWith('.onnx') === true) {
    const found = await readOnnxFile(deciding.absolutePath);
    if (found === undefined) return truncated(deciding);
    metadata = found.metadata;
  }
  if (onnx.some((file) => file.role === 'vad') || /silero.?vad/i.test(onnx[0]?.path ?? '')) {
    return refuse(
      localized('{0} finds speech but does not transcribe it. Load a speech model.', model.name),
    );
  }
  if (await isForTransformers(model, onnx)) {
    return refuse(noProgram(model.name, 'onnx-transformers'));
  }
  const family = sherpaFamily(parts, metadata, `${model.modelId} ${model.folder}`);
  if (family !== undefined) {
    const limit = await pieceLimit(family, parts);
    return { plan: { engine: 'sherpa-onnx', kind: family, parts, ...defined(limit) } };
  }
  if (parts.tokens === undefined) {
    return refuse(
      localized(
        '{0} has no tokens.txt, which every model of this format needs. Import a folder that has it, or choose another model.',
        model.name,
      ),
    );
  }
  return refuse(
    model.format === 'unknown'
      ? foreignFormat(model.name, 'unknown')
      : noProgram(model.name, model.format),
  );
}

/**
 * Whether graphs are an export for transformers (Optimum, transformers.js), whose names Moonshine shares: its
 * config.json says of what kind it is, and without one the names of the graphs' inputs do.
 */
async function isForTransformers(model: ModelOnDisk, onnx: readonly ModelFile[]): Promise<boolean> {
  const graphs = onnx.filter(({ path }) => /(^|\/)(?:en|de)coder_(?:with_past_)?model/.test(path));
  if (graphs.length === 0) return false;
  const type = await transformersType(model);
  if (type !== undefined) return !type.startsWith('moonshine');
  const encoder = graphs.find(({ path }) => /encoder_model[^/]*\.onnx$/.test(path));
  if (encoder === undefined) return false;
  const inputs = (await readOnnxFile(encoder.absolutePath, { graph: true }))?.inputs;
  return inputs?.has('input_features') === true;
}

/** Moonshine models that take a mask of the encoder give nothing for more than 9 s (docs/model-formats.md section 5). */
const maskedPieceMs = 8000;

async function pieceLimit(
  family: SherpaFamily,
  { mergedDecoder }: SherpaParts,
): Promise<{ readonly longestPieceMs?: number }> {
  if (family !== 'moonshine-v2' || mergedDecoder === undefined) return {};
  const isMasked =
    mergedDecoder.path.endsWith('.ort') ||
    (await fileContains(mergedDecoder.absolutePath, 'encoder_attention_mask'));
  return isMasked ? { longestPieceMs: maskedPieceMs } : {};
}

async function kindOf(file: ModelFile): Promise<FileKind> {
  return fileKind(await readHead(file.absolutePath, fileKindBytes));
}

/** An exporter may write its fields in another order: then the whole walk decides. */
async function isOnnx(file: ModelFile, kind: FileKind): Promise<boolean> {
  if (kind !== 'unknown') return kind === 'onnx';
  return (await readOnnxFile(file.absolutePath)) !== undefined;
}

function wrongContent(file: ModelFile, kind: string): PlanOutcome {
  if (kind === 'empty' || kind === 'zeros') {
    return damaged(localized('The file {0} is empty. Verify the model to repair it.', file.path));
  }
  if (kind === 'html' || kind === 'json' || kind === 'lfs-pointer') {
    return damaged(
      localized(
        'The file {0} is a page or a pointer ({1}), not a model. Verify the model to repair it.',
        file.path,
        kind,
      ),
    );
  }
  return damaged(
    localized(
      'The file {0} is not what its name says (found: {1}). Verify the model to repair it.',
      file.path,
      kind,
    ),
  );
}

function truncated(file: ModelFile): PlanOutcome {
  return damaged(
    localized('The file {0} is damaged or cut off. Verify the model to repair it.', file.path),
  );
}

function refuse(refusal: LocalizedMessage): PlanOutcome {
  return { refusal, damaged: false };
}

function damaged(refusal: LocalizedMessage): PlanOutcome {
  return { refusal, damaged: true };
}
