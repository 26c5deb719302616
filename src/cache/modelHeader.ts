/** The kind of a file by its first bytes (docs/model-formats.md section 2). */
export type ModelHeader =
  | { readonly kind: ModelFileKind; readonly detail?: string }
  /** Certainly not a model: `reason` says what it is instead. */
  | { readonly kind: 'notModel'; readonly reason: NotModelReason }
  | { readonly kind: 'unknown' };

export type ModelFileKind =
  'ggml' | 'gguf' | 'ctranslate2' | 'safetensors' | 'nemo' | 'ort' | 'onnx' | 'pytorch';

export type NotModelReason = 'empty' | 'html' | 'json' | 'lfsPointer' | 'truncated';

/** As many bytes of a file's beginning as {@link readHeader} wants to see. */
export const headerBytes = 4096;

/** Whether this header belongs to a file with a model's weights. */
export function isModel(
  header: ModelHeader,
): header is { readonly kind: ModelFileKind; readonly detail?: string } {
  return header.kind !== 'unknown' && header.kind !== 'notModel';
}

/**
 * Tells what a file is. Magic first, the name only where the bytes are ambiguous. Pure.
 *
 * @param name the file's name, for formats without a magic of their own
 * @param start its first {@link headerBytes} bytes, or all of them
 * @param sizeBytes its whole size
 */
export function readHeader(name: string, start: Uint8Array, sizeBytes: number): ModelHeader {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  if (sizeBytes === 0) return { kind: 'notModel', reason: 'empty' };
  const text = bytes.toString('latin1');
  const lower = name.toLowerCase();
  if (text.startsWith('version https://git-lfs')) return { kind: 'notModel', reason: 'lfsPointer' };
  if (/^\s*(<!doctype|<html|<\?xml)/i.test(text)) return { kind: 'notModel', reason: 'html' };
  if (isErrorPage(text, lower)) return { kind: 'notModel', reason: 'json' };
  return (
    ggml(bytes) ??
    gguf(bytes) ??
    ctranslate2(bytes) ??
    safetensors(bytes, sizeBytes) ??
    archive(bytes, text, lower) ??
    onnx(bytes, text, lower) ?? { kind: 'unknown' }
  );
}

/** JSON where weights are expected: what a server sends instead of a file. A real `.json` is a part of many models. */
function isErrorPage(text: string, lower: string): boolean {
  return (
    /^\s*\{\s*"/.test(text) && /\.(bin|gguf|onnx|ort|safetensors|nemo|pt|pth|ckpt)$/.test(lower)
  );
}

function ggml(bytes: Buffer): ModelHeader | undefined {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== 0x67676d6c) return undefined;
  if (bytes.toString('latin1', 8, 18) === 'silero-16k')
    return { kind: 'ggml', detail: 'silero-vad' };
  if (bytes.length < 48) return { kind: 'notModel', reason: 'truncated' };
  const isWhisper = bytes.readInt32LE(24) === 448 && bytes.readInt32LE(4) >= 51_864;
  return { kind: 'ggml', detail: isWhisper ? whisperSize(bytes) : 'parakeet' };
}

function whisperSize(bytes: Buffer): string {
  const audioLayers = bytes.readInt32LE(20);
  const textLayers = bytes.readInt32LE(36);
  const sizes: Readonly<Record<number, string>> = {
    4: 'tiny',
    6: 'base',
    12: 'small',
    24: 'medium',
    32: 'large',
  };
  const size = sizes[audioLayers] ?? 'of unknown size';
  if (audioLayers === 32 && textLayers === 4) return 'whisper turbo';
  return audioLayers > textLayers ? `whisper distil ${size}` : `whisper ${size}`;
}

function gguf(bytes: Buffer): ModelHeader | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'GGUF') return undefined;
  return bytes.length < 24 ? { kind: 'notModel', reason: 'truncated' } : { kind: 'gguf' };
}

function ctranslate2(bytes: Buffer): ModelHeader | undefined {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== 6) return undefined;
  const length = bytes.readUInt16LE(4);
  const spec = bytes.toString('latin1', 6, 6 + length).replace(/\0$/, '');
  return /^\w+Spec$/.test(spec) ? { kind: 'ctranslate2', detail: spec } : undefined;
}

/** A 64-bit length, then JSON; the JSON's last offset says how large the whole file has to be. */
function safetensors(bytes: Buffer, sizeBytes: number): ModelHeader | undefined {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return undefined;
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength < 2 || headerLength > 100_000_000) return undefined;
  if (8 + headerLength > sizeBytes) return { kind: 'notModel', reason: 'truncated' };
  return { kind: 'safetensors' };
}

function archive(bytes: Buffer, text: string, lower: string): ModelHeader | undefined {
  const isTar = bytes.toString('latin1', 257, 262) === 'ustar';
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (
    (isTar && text.includes('model_config.yaml')) ||
    ((isTar || isGzip) && lower.endsWith('.nemo'))
  ) {
    return { kind: 'nemo' };
  }
  const isZip = text.startsWith('PK\u0003\u0004');
  return isZip && /\.(bin|pt|pth|ckpt)$/.test(lower) ? { kind: 'pytorch' } : undefined;
}

/** ONNX has no magic: its first field is the format's version, a small number. */
function onnx(bytes: Buffer, text: string, lower: string): ModelHeader | undefined {
  if (text.slice(4, 8) === 'ORTM') return { kind: 'ort' };
  if (!lower.endsWith('.onnx') || bytes[0] !== 0x08) return undefined;
  const version = bytes[1] ?? 0;
  return version >= 1 && version <= 64 ? { kind: 'onnx' } : undefined;
}
