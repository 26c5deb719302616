import {
  ctranslate2Spec,
  fileKind,
  fileKindBytes,
  ggmlHeaderBytes,
  isGgml,
  whisperShape,
} from '../common/modelFile';
import { isWeightsFile } from '../common/repository';

/** The kind of a file that is to be imported, by its first bytes and, where they are ambiguous, its name. */
export type ModelHeader =
  | { readonly kind: ModelFileKind; readonly detail?: string }
  /** Certainly not a model: `reason` says what it is instead. */
  | { readonly kind: 'notModel'; readonly reason: NotModelReason }
  | { readonly kind: 'unknown' };

type ModelFileKind =
  'ggml' | 'gguf' | 'ctranslate2' | 'safetensors' | 'nemo' | 'ort' | 'onnx' | 'pytorch';

export type NotModelReason =
  'empty' | 'html' | 'json' | 'lfsPointer' | 'truncated' | 'archive' | 'unfinished';

/** As many bytes of a file's beginning as {@link readHeader} needs: a NeMo archive's first names are further down. */
export const headerBytes = 4096;

/** Whether this header belongs to a file with a model's weights. */
export function isModel(
  header: ModelHeader,
): header is { readonly kind: ModelFileKind; readonly detail?: string } {
  return header.kind !== 'unknown' && header.kind !== 'notModel';
}

/**
 * Recognises a file as a part of a model. Pure.
 *
 * @param name the file's name, for formats that have no magic of their own
 * @param start its first {@link headerBytes} bytes, or all of them
 * @param sizeBytes its whole size
 */
export function readHeader(name: string, start: Uint8Array, sizeBytes: number): ModelHeader {
  if (sizeBytes === 0) return notModel('empty');
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  const text = bytes.toString('latin1');
  const lower = name.toLowerCase();
  const kind = fileKind(bytes.subarray(0, fileKindBytes));
  switch (kind) {
    case 'ggml-vad':
      return { kind: 'ggml', detail: 'silero-vad' };
    case 'ggml-whisper':
    case 'ggml-parakeet':
      if (bytes.length < ggmlHeaderBytes) return notModel('truncated');
      return { kind: 'ggml', detail: kind === 'ggml-whisper' ? whisperName(bytes) : 'parakeet' };
    case 'gguf':
      return bytes.length < 24 ? notModel('truncated') : { kind };
    case 'ctranslate2':
      return { kind, detail: ctranslate2Spec(bytes) ?? '' };
    case 'safetensors': {
      const headerLength = Number(bytes.readBigUInt64LE(0));
      return 8 + headerLength > sizeBytes ? notModel('truncated') : { kind };
    }
    case 'tar':
      return text.includes('model_config.yaml') || lower.endsWith('.nemo')
        ? { kind: 'nemo' }
        : notModel('archive');
    case 'zip':
      return isPickle.test(lower) || text.includes('data.pkl')
        ? { kind: 'pytorch' }
        : notModel('archive');
    case 'ort':
      return { kind };
    case 'onnx':
      return lower.endsWith('.onnx') ? { kind } : { kind: 'unknown' };
    case 'html':
      return notModel('html');
    case 'lfs-pointer':
      return notModel('lfsPointer');
    case 'json':
      return isErrorPage(text, lower) ? notModel('json') : { kind: 'unknown' };
    case 'unknown':
      if (isGgml(bytes) && bytes.length >= 8) return notModel('truncated');
      if (isGzip(bytes) && lower.endsWith('.nemo')) return { kind: 'nemo' };
      return packed.some((magic) => text.startsWith(magic)) ? notModel('archive') : { kind };
    case 'zeros':
    case 'empty':
      return { kind: 'unknown' };
  }
}

/** JSON where weights are expected: what a server sends instead of a file. A real `.json` is a part of many models. */
function isErrorPage(text: string, lower: string): boolean {
  return /^\s*\{\s*"/.test(text) && isWeightsFile(lower);
}

function whisperName(bytes: Buffer): string {
  const { size, variant } = whisperShape(bytes.readInt32LE(20), bytes.readInt32LE(36));
  if (variant === 'turbo') return 'whisper turbo';
  return `whisper ${variant === 'distil' ? 'distil ' : ''}${size ?? 'of unknown size'}`;
}

/** Extensions of PyTorch's pickles. */
const isPickle = /\.(?:bin|pt|pth|ckpt)$/;
/** How gzip, bzip2, xz, 7-Zip, RAR and Zstandard begin. */
const packed = ['\x1f\x8b', 'BZh', '\xfd7zXZ', '7z\xbc\xaf', 'Rar!', '\x28\xb5\x2f\xfd'];

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function notModel(reason: NotModelReason): ModelHeader {
  return { kind: 'notModel', reason };
}
