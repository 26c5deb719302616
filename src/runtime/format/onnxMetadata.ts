import type { FileHandle } from 'node:fs/promises';
import { openWhenFree } from '../../common/fileInUse';
import { readAt } from '../../common/readAt';

const graphField = 7;
const metadataField = 14;
const lengthDelimited = 2;
/** Longest metadata entry that is read: `neg_mean` of SenseVoice is about 6 kB. */
const longestEntryBytes = 4_000_000;

/**
 * Reads the `metadata_props` of an ONNX file without loading the model: a walk over the top level of the protobuf that
 * skips the graph by its length (docs/model-formats.md section 2). Undefined when the file isn't a whole ONNX file: a
 * length that points past the end means that the file was cut. Rejects as the file system does.
 */
export async function readOnnxMetadata(
  path: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  const file = await openWhenFree(path);
  try {
    const { size } = await file.stat();
    return await walk(file, size);
  } finally {
    await file.close();
  }
}

async function walk(
  file: FileHandle,
  sizeBytes: number,
): Promise<ReadonlyMap<string, string> | undefined> {
  const metadata = new Map<string, string>();
  let position = 0;
  let hasGraph = false;
  while (position < sizeBytes) {
    const head = await readAt(file, position, Math.min(20, sizeBytes - position));
    const tag = readVarint(head, 0);
    if (tag === undefined) return undefined;
    const field = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    let next: number | undefined;
    if (wire === lengthDelimited) {
      const length = readVarint(head, tag.end);
      if (length === undefined) return undefined;
      const start = position + length.end;
      next = start + length.value;
      if (next > sizeBytes) return undefined;
      if (field === graphField) hasGraph = true;
      if (field === metadataField && length.value <= longestEntryBytes) {
        const entry = readEntry(await readAt(file, start, length.value));
        if (entry !== undefined) metadata.set(entry.key, entry.value);
      }
    } else {
      next = skipScalar(head, tag.end, wire, position);
    }
    if (next === undefined || field === 0) return undefined;
    position = next;
  }
  return hasGraph ? metadata : undefined;
}

function skipScalar(
  head: Uint8Array,
  end: number,
  wire: number,
  position: number,
): number | undefined {
  if (wire === 0) {
    const value = readVarint(head, end);
    return value === undefined ? undefined : position + value.end;
  }
  if (wire === 1) return position + end + 8;
  if (wire === 5) return position + end + 4;
  return undefined;
}

/** StringStringEntryProto: field 1 the key, field 2 the value. */
function readEntry(bytes: Uint8Array): { key: string; value: string } | undefined {
  let key = '';
  let value = '';
  let offset = 0;
  while (offset < bytes.length) {
    const tag = readVarint(bytes, offset);
    if (tag === undefined || tag.value % 8 !== lengthDelimited) return undefined;
    const length = readVarint(bytes, tag.end);
    if (length === undefined) return undefined;
    const text = Buffer.from(bytes.subarray(length.end, length.end + length.value)).toString();
    if (tag.value >> 3 === 1) key = text;
    if (tag.value >> 3 === 2) value = text;
    offset = length.end + length.value;
  }
  return { key, value };
}

function readVarint(bytes: Uint8Array, offset: number): { value: number; end: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let index = offset; index < bytes.length && index < offset + 10; index += 1) {
    const byte = bytes[index] ?? 0;
    value += (byte % 128) * scale;
    scale *= 128;
    if (byte < 128) return { value, end: index + 1 };
  }
  return undefined;
}
