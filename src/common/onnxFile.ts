import { openWhenFree } from './fileInUse';
import { FileWindow } from './readAt';

/** The facts in an ONNX file besides its weights. */
export interface OnnxFile {
  /** `metadata_props` (docs/model-formats.md section 2). */
  readonly metadata: ReadonlyMap<string, string>;
  /** Names of the graph's inputs and outputs. */
  readonly inputs: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
  /** Files beside it that hold tensors of it, as it names them. */
  readonly tensorFiles: ReadonlySet<string>;
}

// Field numbers of onnx.proto.
const modelGraph = 7;
const modelMetadata = 14;
const graphInitializer = 5;
const graphInput = 11;
const graphOutput = 12;
const valueName = 1;
const tensorExternalData = 13;
const lengthDelimited = 2;
/** Longest metadata entry that is read: `neg_mean` of SenseVoice is about 6 kB. */
const longestEntryBytes = 4_000_000;
/** A tensor whose values lie in another file is its name, its shape and that file's. */
const longestReferenceBytes = 4096;

/**
 * Reads the metadata, and with `graph` the graph's inputs, outputs and files of tensors, without loading the model: a
 * walk over the protobuf that steps over the weights by their length (docs/model-formats.md section 2). Undefined when
 * the file isn't a whole ONNX file: a length that points past the end means that the file was cut. Rejects as the file
 * system does.
 */
export async function readOnnxFile(
  path: string,
  { graph = false }: { readonly graph?: boolean } = {},
): Promise<OnnxFile | undefined> {
  const file = await openWhenFree(path);
  try {
    const { size } = await file.stat();
    return await readModel(new FileWindow(file), size, graph);
  } finally {
    await file.close();
  }
}

async function readModel(
  file: FileWindow,
  sizeBytes: number,
  withGraph: boolean,
): Promise<OnnxFile | undefined> {
  const metadata = new Map<string, string>();
  const names = { inputs: new Set<string>(), outputs: new Set<string>() };
  const tensorFiles = new Set<string>();
  let hasGraph = false;
  for await (const field of fields(file, 0, sizeBytes)) {
    if (field === undefined) return undefined;
    if (field.number === modelGraph && field.isBytes) {
      hasGraph = true;
      if (!withGraph) continue;
      for await (const part of fields(file, field.start, field.end)) {
        if (part === undefined) return undefined;
        const { number, start, end, isBytes } = part;
        if (!isBytes) continue;
        if (number === graphInput || number === graphOutput) {
          const name = await text(file, start, end, valueName);
          if (name !== undefined) {
            (number === graphInput ? names.inputs : names.outputs).add(name);
          }
        } else if (number === graphInitializer && end - start <= longestReferenceBytes) {
          const location = await tensorFile(file, start, end);
          if (location !== undefined) tensorFiles.add(location);
        }
      }
    } else if (
      field.number === modelMetadata &&
      field.isBytes &&
      field.end - field.start <= longestEntryBytes
    ) {
      const key = await text(file, field.start, field.end, 1);
      if (key !== undefined) metadata.set(key, (await text(file, field.start, field.end, 2)) ?? '');
    }
  }
  return hasGraph ? { metadata, ...names, tensorFiles } : undefined;
}

/** The file that a tensor's values lie in: the entry `location` of its external data. */
async function tensorFile(
  file: FileWindow,
  start: number,
  end: number,
): Promise<string | undefined> {
  for await (const field of fields(file, start, end)) {
    if (field?.number !== tensorExternalData) continue;
    const key = await text(file, field.start, field.end, 1);
    if (key === 'location') return await text(file, field.start, field.end, 2);
  }
  return undefined;
}

/** A text field of a message. */
async function text(
  file: FileWindow,
  start: number,
  end: number,
  number: number,
): Promise<string | undefined> {
  for await (const field of fields(file, start, end)) {
    if (field?.number !== number || !field.isBytes) continue;
    return Buffer.from(await file.bytes(field.start, field.end - field.start)).toString();
  }
  return undefined;
}

interface Field {
  readonly number: number;
  readonly isBytes: boolean;
  readonly start: number;
  readonly end: number;
}

/** The fields of a message; undefined, as the last one, where the message is cut or is none. */
async function* fields(
  file: FileWindow,
  start: number,
  end: number,
): AsyncGenerator<Field | undefined, void, undefined> {
  let position = start;
  while (position < end) {
    const head = await file.bytes(position, Math.min(20, end - position));
    const tag = readVarint(head, 0);
    if (tag === undefined || tag.value < 8) return yield undefined;
    const wire = tag.value % 8;
    const value = wire === 0 || wire === lengthDelimited ? readVarint(head, tag.end) : undefined;
    let from = position + (value?.end ?? tag.end);
    let to = from;
    if (wire === lengthDelimited && value !== undefined) to = from + value.value;
    else if (wire === 1) to = from + 8;
    else if (wire === 5) to = from + 4;
    else if (wire === 0 && value !== undefined) from = position + tag.end;
    else return yield undefined;
    if (to > end) return yield undefined;
    yield {
      number: Math.floor(tag.value / 8),
      isBytes: wire === lengthDelimited,
      start: from,
      end: to,
    };
    position = to;
  }
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
