/**
 * A WebAssembly module of one function, written out instruction by instruction, because JavaScript has no quick
 * arithmetic on 64-bit words. `sum(at, rounds, out)` reads `rounds` times four little-endian words from `at` on; for
 * lane j (words j, j + 4, j + 8, …) it stores two 64-bit figures at `out + 16 j`: the sum of the lane's words, and the sum
 * of that running sum after each round.
 */

const i32 = 0x7f;
const i64 = 0x7e;
const lanes = [0, 1, 2, 3] as const;
/** What one round reads. */
export const roundBytes = lanes.length * 8;

const local = { at: 0, rounds: 1, out: 2, total: 3, running: 7 } as const;
const op = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  end: [0x0b],
  leaveIf: [0x0d, 1],
  repeatIf: [0x0d, 0],
  isZero: [0x45],
  get: (index: number) => [0x20, index],
  set: (index: number) => [0x21, index],
  tee: (index: number) => [0x22, index],
  // The first number is the promised alignment: none.
  load64: (offset: number) => [0x29, 0, offset],
  store64: (offset: number) => [0x37, 0, offset],
  // As signed LEB128, of one byte below 64.
  constant32: (value: number) => [0x41, value],
  add32: [0x6a],
  subtract32: [0x6b],
  add64: [0x7c],
};

const addWordToLane = lanes.flatMap((lane) => [
  ...op.get(local.at),
  ...op.load64(lane * 8),
  ...op.get(local.total + lane),
  ...op.add64,
  ...op.tee(local.total + lane),
  ...op.get(local.running + lane),
  ...op.add64,
  ...op.set(local.running + lane),
]);

const storeLanes = lanes.flatMap((lane) => [
  ...op.get(local.out),
  ...op.get(local.total + lane),
  ...op.store64(lane * 16),
  ...op.get(local.out),
  ...op.get(local.running + lane),
  ...op.store64(lane * 16 + 8),
]);

const body = [
  ...[1, lanes.length * 2, i64],
  ...op.block,
  ...[...op.get(local.rounds), ...op.isZero, ...op.leaveIf],
  ...op.loop,
  ...addWordToLane,
  ...[...op.get(local.at), ...op.constant32(roundBytes), ...op.add32, ...op.set(local.at)],
  ...[...op.get(local.rounds), ...op.constant32(1), ...op.subtract32, ...op.tee(local.rounds)],
  ...op.repeatIf,
  ...op.end,
  ...op.end,
  ...storeLanes,
  ...op.end,
];

/** A number as unsigned LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

const withLength = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]): number[] => [id, ...withLength(bytes)];
const text = (value: string): number[] => withLength([...Buffer.from(value)]);

/** The module: it takes the memory `m` of `e` and gives the function `sum`. */
export const sumModule = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, ...withLength([i32, i32, i32]), 0]),
  ...section(2, [1, ...text('e'), ...text('m'), 2, 0, 1]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...text('sum'), 0, 0]),
  ...section(10, [1, ...withLength(body)]),
]);
