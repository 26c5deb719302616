/** The kind of a file by its first bytes, whatever its name says. */
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

/** As many of a file's first bytes as {@link fileKind} needs: the "ustar" of a tar ends at 262. */
export const fileKindBytes = 512;

const ggmlMagic = 0x67676d6c;
/** A Whisper's header: twelve numbers of four bytes. */
export const ggmlHeaderBytes = 48;
const whisperTextContext = 448;
const whisperSmallestVocabulary = 51_864;
/** The limit of the safetensors library itself. */
const maxSafetensorsHeaderBytes = 100_000_000n;
/** The format's version was 13 after nine years. A larger number at its place belongs to another format. */
const maxOnnxVersion = 63;

/** Recognises a file by its first {@link fileKindBytes} bytes. Pure; never throws. */
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
  if (ctranslate2Spec(head) !== undefined) return 'ctranslate2';
  if (isSafetensors(view, head)) return 'safetensors';
  const start = text.replace(/^\u00ef\u00bb\u00bf/, '').trimStart();
  if (/^<(!doctype|html|\?xml|head|body)/i.test(start)) return 'html';
  if (/^[{[]/.test(start)) return 'json';
  if (head.every((byte) => byte === 0)) return 'zeros';
  return isOnnx(head) ? 'onnx' : 'unknown';
}

/** The name of a CTranslate2 model's specification (`WhisperSpec`); undefined for any other file. */
export function ctranslate2Spec(head: Uint8Array): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 8 || !startsWithU32(view, 6)) return undefined;
  const spec = latin1(head, 6, 6 + view.getUint16(4, true)).replace(/\0$/, '');
  return /^\w+Spec$/.test(spec) ? spec : undefined;
}

/** Whether a file begins as a ggml model does, even when it is too short for a header. */
export function isGgml(head: Uint8Array): boolean {
  return startsWithU32(new DataView(head.buffer, head.byteOffset, head.byteLength), ggmlMagic);
}

const sizesByAudioLayers: ReadonlyMap<number, string> = new Map([
  [4, 'tiny'],
  [6, 'base'],
  [12, 'small'],
  [24, 'medium'],
  [32, 'large'],
]);

/** The size of a Whisper model (absent for a shape that was never published) and whether it is a shortened one. */
interface WhisperShape {
  readonly size?: string;
  readonly variant: 'whole' | 'turbo' | 'distil';
}

/** Tells a Whisper model's size by the layers of its encoder and its decoder. */
export function whisperShape(audioLayers: number, textLayers: number): WhisperShape {
  const size = sizesByAudioLayers.get(audioLayers);
  if (size === undefined) return { variant: textLayers < audioLayers ? 'distil' : 'whole' };
  if (textLayers === audioLayers) return { size, variant: 'whole' };
  return { size, variant: size === 'large' && textLayers === 4 ? 'turbo' : 'distil' };
}

function ggmlKind(view: DataView, head: Uint8Array): FileKind {
  if (latin1(head, 8, 18) === 'silero-16k') return 'ggml-vad';
  if (view.byteLength < 28) return 'unknown';
  // One of the two is enough: Parakeet has its mel bands at 24, never so many, and a vocabulary of some thousands.
  const isWhisper =
    view.getUint32(24, true) === whisperTextContext ||
    view.getUint32(4, true) >= whisperSmallestVocabulary;
  return isWhisper ? 'ggml-whisper' : 'ggml-parakeet';
}

/** A 64-bit length, then JSON. */
function isSafetensors(view: DataView, head: Uint8Array): boolean {
  if (view.byteLength < 10) return false;
  const headerBytes = view.getBigUint64(0, true);
  return (
    headerBytes >= 2n && headerBytes <= maxSafetensorsHeaderBytes && latin1(head, 8, 9) === '{'
  );
}

/** ONNX has no magic: it starts with field 1, the format's version, in every exporter seen. */
function isOnnx(head: Uint8Array): boolean {
  const version = head[1] ?? 0;
  return head[0] === 0x08 && version >= 1 && version <= maxOnnxVersion;
}

function startsWithU32(view: DataView, value: number): boolean {
  return view.byteLength >= 4 && view.getUint32(0, true) === value;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('latin1');
}
