import { type LocalizedMessage, localized } from '../../common/localizedMessage';
import { fileKind, fileKindBytes, type FileKind } from '../../common/modelFile';
import type { EngineName, ModelFile, ModelOnDisk } from '../model';
import { readHead } from '../readAt';
import { readGgmlHeader } from './ggmlHeader';
import { inferFormat } from './inferFormat';
import { readOnnxMetadata } from './onnxMetadata';
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
      readonly engine: 'sherpa-onnx';
      readonly kind: SherpaFamily;
      readonly parts: SherpaParts;
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
  return format === 'onnx-sherpa' ? 'sherpa-onnx' : undefined;
}

/** The message for a format that can't be loaded here. */
export function foreignFormat(name: string, format: string): LocalizedMessage {
  return pythonFormats.has(format)
    ? localized(
        '{0} is in the format {1}, which needs Python. Copy its code snippet to use it there.',
        name,
        format,
      )
    : localized(
        '{0} is in the format {1}, which can’t be loaded here. Copy its code snippet to use it in another program.',
        name,
        format,
      );
}

/**
 * Inspects a model's files (first bytes, ONNX metadata, sizes) and decides how it is loaded. Reads a few kB and
 * loads nothing. Rejects only as the file system does.
 */
export async function planLoad(model: ModelOnDisk): Promise<PlanOutcome> {
  const format =
    model.format === 'unknown' ? inferFormat(model.files.map((file) => file.path)) : model.format;
  const engine = engineForFormat(format);
  if (engine === undefined && format !== 'unknown') {
    return refuse(foreignFormat(model.name, format));
  }
  const onnx = model.files.filter((file) => /\.(onnx|ort)$/.test(file.path));
  const [ggml] = model.files
    .filter((file) => file.path.endsWith('.bin'))
    .sort((a, b) => b.sizeBytes - a.sizeBytes);
  if (engine !== 'sherpa-onnx' && ggml !== undefined) return planGgml(model, ggml);
  if (engine !== 'whisper.cpp' && onnx.length > 0) return planSherpa(model, onnx);
  if (engine === undefined) return refuse(foreignFormat(model.name, format));
  return damaged(localized('{0} has no model file. Verify the model to repair it.', model.name));
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
    const found = await readOnnxMetadata(deciding.absolutePath);
    if (found === undefined) return truncated(deciding);
    metadata = found;
  }
  if (onnx.some((file) => file.role === 'vad') || /silero.?vad/i.test(onnx[0]?.path ?? '')) {
    return refuse(
      localized('{0} finds speech but does not transcribe it. Load a speech model.', model.name),
    );
  }
  const family = sherpaFamily(parts, metadata, `${model.modelId} ${model.folder}`);
  if (family !== undefined) return { plan: { engine: 'sherpa-onnx', kind: family, parts } };
  if (parts.tokens === undefined) {
    return refuse(
      localized(
        '{0} has no tokens.txt, which every model of this format needs. Download it again or choose another model.',
        model.name,
      ),
    );
  }
  return refuse(foreignFormat(model.name, model.format));
}

async function kindOf(file: ModelFile): Promise<FileKind> {
  return fileKind(await readHead(file.absolutePath, fileKindBytes));
}

/** An exporter may write its fields in another order: then the whole walk decides. */
async function isOnnx(file: ModelFile, kind: FileKind): Promise<boolean> {
  if (kind !== 'unknown') return kind === 'onnx';
  return (await readOnnxMetadata(file.absolutePath)) !== undefined;
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
