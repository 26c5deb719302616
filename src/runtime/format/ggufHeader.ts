import { readHead } from '../../common/readAt';

interface GgufHeader {
  /** Undefined when the file ends before it. */
  readonly version?: number;
  /** Undefined when the beginning of the metadata has no such entry. */
  readonly architecture?: string;
}

/** Bytes that are searched for the architecture; writers put it first, and vocabularies behind it. */
const searchedBytes = 262_144;
const headBytes = 24;
const stringType = 8;
const arrayType = 9;
/** Bytes of the value types by their number; strings and arrays say their own. */
const scalarBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

/** Reads a GGUF file's version and its architecture. Rejects as the file system does. */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const bytes = Buffer.from(await readHead(path, searchedBytes));
  if (bytes.length < headBytes) return {};
  const version = bytes.readUInt32LE(4);
  try {
    const architecture = findArchitecture(bytes);
    return architecture === undefined ? { version } : { version, architecture };
  } catch (error) {
    if (error instanceof RangeError) return { version };
    throw error;
  }
}

/** Walks the metadata. Throws a RangeError where it points behind the bytes. */
function findArchitecture(bytes: Buffer): string | undefined {
  const entries = Number(bytes.readBigUInt64LE(16));
  let at = headBytes;
  const text = (): string => {
    const length = Number(bytes.readBigUInt64LE(at));
    if (length > bytes.length - at - 8) throw new RangeError('a text behind the end');
    at += 8 + length;
    return bytes.toString('utf8', at - length, at);
  };
  const type = (): number => {
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  const skip = (valueType: number): void => {
    if (valueType === stringType) void text();
    else at += scalarBytes[valueType] ?? bytes.length;
  };
  for (let entry = 0; entry < entries; entry += 1) {
    const key = text();
    const valueType = type();
    if (key === 'general.architecture') return valueType === stringType ? text() : undefined;
    if (valueType !== arrayType) skip(valueType);
    else {
      const elementType = type();
      const count = Number(bytes.readBigUInt64LE(at));
      at += 8;
      if (elementType !== stringType) at += (scalarBytes[elementType] ?? 0) * count;
      else for (let element = 0; element < count; element += 1) void text();
    }
  }
  return undefined;
}
