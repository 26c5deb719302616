/** Just enough of protobuf's wire format to write an ONNX file: varints, strings and nested messages. */

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
export function numberField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A string, raw bytes, or a nested message. */
export function bytesField(field: number, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

/** A message is its fields, one after the other. */
export function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}
