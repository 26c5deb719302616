import type { ModelFacts } from '../common/modelFacts';
import { ggmlHeaderBytes } from '../common/modelFile';
import { openWhenFree } from '../common/fileInUse';
import { FileWindow } from '../common/readAt';

/**
 * Whether a file ends before its own header says it does. Undefined for a format that does not say where it ends, and
 * for a header that makes no sense. Rejects as the file system does.
 */
export async function isCutOff(
  path: string,
  { kind, isCut }: ModelFacts,
  sizeBytes: number,
): Promise<boolean | undefined> {
  if (kind === 'onnx') return isCut ?? false;
  const endOf = { 'ggml-whisper': ggmlEnd, safetensors: safetensorsEnd, tar: tarEnd, nemo: tarEnd };
  const measure = Object.entries(endOf).find(([name]) => name === kind)?.[1];
  if (measure === undefined && kind !== 'zip') return undefined;
  const file = await openWhenFree(path);
  try {
    const window = new FileWindow(file);
    if (measure === undefined) return !(await hasZipEnd(window, sizeBytes));
    const end = await measure(window, sizeBytes);
    return end === undefined ? undefined : end > sizeBytes;
  } finally {
    await file.close();
  }
}

/** Bytes of a block of weights and how many weights it has, by ggml's number of the type. */
const ggmlTypes: ReadonlyMap<number, readonly [bytes: number, weights: number]> = new Map([
  [0, [4, 1]],
  [1, [2, 1]],
  [2, [18, 32]],
  [3, [20, 32]],
  [6, [22, 32]],
  [7, [24, 32]],
  [8, [34, 32]],
  [10, [84, 256]],
  [11, [110, 256]],
  [12, [144, 256]],
  [13, [176, 256]],
  [14, [210, 256]],
]);
const melFilterPoints = 201;

/** Where a ggml Whisper file's last tensor ends (docs/model-formats.md section 3). */
async function ggmlEnd(file: FileWindow, sizeBytes: number): Promise<number | undefined> {
  const number = async (at: number): Promise<number> => {
    const bytes = await file.bytes(at, 4);
    return bytes.length < 4 ? Number.NaN : view(bytes).getInt32(0, true);
  };
  const melBands = await number(40);
  if ((await number(ggmlHeaderBytes)) !== melBands) return undefined;
  if ((await number(ggmlHeaderBytes + 4)) !== melFilterPoints) return undefined;
  let at = ggmlHeaderBytes + 8 + melBands * melFilterPoints * 4;
  const tokens = await number(at);
  at += 4;
  for (let token = 0; token < tokens && at <= sizeBytes; token += 1) at += 4 + (await number(at));
  while (at < sizeBytes) {
    const [dimensions, nameBytes, type] = [
      await number(at),
      await number(at + 4),
      await number(at + 8),
    ];
    const block = ggmlTypes.get(type);
    if (block === undefined || !(dimensions >= 1 && dimensions <= 4)) {
      // A header that is cut in the middle has no type; another one is not understood.
      return at + 12 > sizeBytes ? at + 12 : undefined;
    }
    let weights = 1;
    for (let index = 0; index < dimensions; index += 1)
      weights *= await number(at + 12 + index * 4);
    at += 12 + dimensions * 4 + nameBytes + (weights / block[1]) * block[0];
  }
  return Number.isNaN(at) ? sizeBytes + 1 : at;
}

const longestSafetensorsHeader = 20_000_000;

/** The largest end of a tensor that the header names. */
async function safetensorsEnd(file: FileWindow): Promise<number | undefined> {
  const headerBytes = Number(view(await file.bytes(0, 8)).getBigUint64(0, true));
  if (headerBytes > longestSafetensorsHeader) return undefined;
  const header = Buffer.from(await file.bytes(8, headerBytes)).toString();
  const ends = [...header.matchAll(/"data_offsets"\s*:\s*\[\s*\d+\s*,\s*(\d+)/g)];
  return 8 + headerBytes + Math.max(0, ...ends.map(([, end]) => Number(end)));
}

const tarBlock = 512;

/** Where the archive's last entry ends. */
async function tarEnd(file: FileWindow, sizeBytes: number): Promise<number | undefined> {
  let at = 0;
  while (at < sizeBytes) {
    const head = Buffer.from(await file.bytes(at, tarBlock));
    if (head.every((byte) => byte === 0)) return at;
    if (head.toString('latin1', 257, 262) !== 'ustar') return undefined;
    const isBase256 = ((head[124] ?? 0) & 0x80) !== 0;
    const size = isBase256
      ? Number(head.readBigUInt64BE(128))
      : Number.parseInt(head.toString('latin1', 124, 136), 8);
    at += tarBlock + Math.ceil(size / tarBlock) * tarBlock;
  }
  return Number.isNaN(at) ? undefined : at;
}

/** A zip ends with its directory and a record that begins with this, before a comment of at most 64 KiB. */
async function hasZipEnd(file: FileWindow, sizeBytes: number): Promise<boolean> {
  const start = Math.max(0, sizeBytes - 65_557);
  const end = Buffer.from(await file.bytes(start, sizeBytes - start));
  return end.includes(Buffer.from('PK\u0005\u0006', 'latin1'));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
