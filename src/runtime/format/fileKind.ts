import { readHead } from '../readAt';

/** The kind of a file by its first bytes, whatever its name says (docs/model-formats.md section 2). */
export type FileKind =
  | 'ggml-whisper'
  | 'ggml-parakeet'
  | 'ggml-vad'
  | 'gguf'
  | 'ctranslate2'
  | 'safetensors'
  | 'tar'
  | 'zip'
  | 'ort'
  | 'onnx'
  | 'html'
  | 'json'
  | 'lfs-pointer'
  | 'zeros'
  | 'empty'
  | 'unknown';

/** How many bytes {@link fileKind} needs to see: the "ustar" of a tar ends at 262. */
const headBytes = 512;

const ggmlMagic = 0x67676d6c;
const whisperTextContext = 448;
const whisperSmallestVocabulary = 51_864;

/** Recognises a file by its first {@link headBytes} bytes. Never throws; anything else is `unknown`. */
export function fileKind(head: Uint8Array): FileKind {
  if (head.length === 0) return 'empty';
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const text = latin1(head, 0, 64);

  if (startsWithU32(view, ggmlMagic)) return ggmlKind(view, head);
  if (text.startsWith('GGUF')) return 'gguf';
  if (latin1(head, 4, 8) === 'ORTM') return 'ort';
  if (latin1(head, 257, 262) === 'ustar') return 'tar';
  if (text.startsWith('PK\u0003\u0004')) return 'zip';
  if (text.startsWith('version https://git-lfs')) return 'lfs-pointer';
  if (startsWithU32(view, 6) && latin1(head, 6, 17) === 'WhisperSpec') return 'ctranslate2';
  if (isSafetensors(view, head)) return 'safetensors';
  const start = text.replace(/^\u00ef\u00bb\u00bf/, '').trimStart();
  if (/^<(!doctype|html|\?xml|head|body)/i.test(start)) return 'html';
  if (/^[{[]/.test(start)) return 'json';
  if (head.every((byte) => byte === 0)) return 'zeros';
  if (startsLikeOnnx(head)) return 'onnx';
  return 'unknown';
}

/** Reads a file's first bytes and recognises them. Rejects as the file system does. */
export async function fileKindOf(path: string): Promise<FileKind> {
  return fileKind(await readHead(path, headBytes));
}

function ggmlKind(view: DataView, head: Uint8Array): FileKind {
  if (startsWithU32(view, 10, 4) && latin1(head, 8, 18) === 'silero-16k') return 'ggml-vad';
  if (view.byteLength < 28) return 'unknown';
  // Either is enough: Parakeet has mel bands at 24, never so many, and a vocabulary of some thousands.
  const isWhisper =
    view.getUint32(24, true) === whisperTextContext ||
    view.getUint32(4, true) >= whisperSmallestVocabulary;
  return isWhisper ? 'ggml-whisper' : 'ggml-parakeet';
}

function isSafetensors(view: DataView, head: Uint8Array): boolean {
  if (view.byteLength < 10) return false;
  const headerBytes = view.getBigUint64(0, true);
  return headerBytes >= 2n && headerBytes < 100_000_000n && latin1(head, 8, 10).startsWith('{');
}

/** ModelProto starts with `ir_version` (field 1, varint) in every exporter seen. */
function startsLikeOnnx(head: Uint8Array): boolean {
  const version = head[1];
  return head[0] === 0x08 && version !== undefined && version > 0 && version < 64;
}

function startsWithU32(view: DataView, value: number, offset = 0): boolean {
  return view.byteLength >= offset + 4 && view.getUint32(offset, true) === value;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('latin1');
}
