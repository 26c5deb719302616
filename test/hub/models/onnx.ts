/** ONNX element types (onnx.proto, TensorProto.DataType). */
const elementTypes = { float: 1, int32: 6, int64: 7, bool: 9 } as const;

type ElementType = keyof typeof elementTypes;

/** A graph's input or output: a dimension is a number or the name of an unknown one. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** A whole number or a list of them. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: 'float' | 'int64';
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly tensors: readonly OnnxTensor[];
  /** `metadata_props`, from which sherpa-onnx reads the kind of a model (docs/model-formats.md section 4.1). */
  readonly metadata?: Readonly<Record<string, string | number>>;
}

const irVersion = 8;
const opsetVersion = 13;

/** The bytes of an `.onnx` file (field numbers of onnx.proto in the order that the reference writer uses). */
export function onnxFile(model: OnnxModel): Buffer {
  const graph = message(
    ...model.nodes.map((node) => bytesField(1, nodeProto(node))),
    bytesField(2, 'g'),
    ...model.tensors.map((tensor) => bytesField(5, tensorProto(tensor))),
    ...model.inputs.map((value) => bytesField(11, valueProto(value))),
    ...model.outputs.map((value) => bytesField(12, valueProto(value))),
  );
  return message(
    numberField(1, irVersion),
    bytesField(7, graph),
    bytesField(8, message(bytesField(1, ''), numberField(2, opsetVersion))),
    ...Object.entries(model.metadata ?? {}).map(([key, value]) =>
      bytesField(14, message(bytesField(1, key), bytesField(2, String(value)))),
    ),
  );
}

/**
 * The same model with more nodes, inputs and tensors in front of its own: a message that comes twice in a file is read as
 * one. The file must begin with its format's version, as every writer does it.
 */
export function withMore(
  file: Buffer,
  { nodes = [], inputs = [], tensors = [] }: Partial<OnnxModel>,
): Buffer {
  const graph = message(
    ...nodes.map((node) => bytesField(1, nodeProto(node))),
    ...tensors.map((tensor) => bytesField(5, tensorProto(tensor))),
    ...inputs.map((value) => bytesField(11, valueProto(value))),
  );
  const versionBytes = 2;
  return message(file.subarray(0, versionBytes), bytesField(7, graph), file.subarray(versionBytes));
}

function nodeProto({ op, inputs, outputs, attributes = {} }: OnnxNode): Buffer {
  return message(
    ...inputs.map((name) => bytesField(1, name)),
    ...outputs.map((name) => bytesField(2, name)),
    bytesField(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      bytesField(5, attributeProto(name, value)),
    ),
  );
}

function attributeProto(name: string, value: number | readonly number[]): Buffer {
  const [kind, fields] =
    typeof value === 'number'
      ? [2, [numberField(3, value)]]
      : [7, value.map((each) => numberField(8, each))];
  return message(bytesField(1, name), ...fields, numberField(20, kind));
}

function tensorProto({ name, type, dims, values }: OnnxTensor): Buffer {
  const raw = Buffer.alloc(values.length * (type === 'float' ? 4 : 8));
  values.forEach((value, index) => {
    if (type === 'float') raw.writeFloatLE(value, index * 4);
    else raw.writeBigInt64LE(BigInt(value), index * 8);
  });
  return message(
    ...dims.map((dim) => numberField(1, dim)),
    numberField(2, elementTypes[type]),
    bytesField(8, name),
    bytesField(9, raw),
  );
}

function valueProto({ name, type, shape }: OnnxValue): Buffer {
  const dims = shape.map((dim) =>
    bytesField(1, typeof dim === 'number' ? numberField(1, dim) : bytesField(2, dim)),
  );
  const tensorType = message(numberField(1, elementTypes[type]), bytesField(2, message(...dims)));
  return message(bytesField(1, name), bytesField(2, bytesField(1, tensorType)));
}

/** A single int64. */
export function scalar(name: string, value: number): OnnxTensor {
  return { name, type: 'int64', dims: [], values: [value] };
}

/** A list of int64. */
export function list(name: string, values: readonly number[]): OnnxTensor {
  return { name, type: 'int64', dims: [values.length], values };
}

// Just enough of protobuf's wire format for an ONNX file: varints, strings and nested messages.

/** A number as a base-128 varint. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A non-negative whole number. */
function numberField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A string, raw bytes, or a nested message. */
function bytesField(field: number, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

/** A message is its fields, one after the other. */
function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}
