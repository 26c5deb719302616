import { defaultCut } from '../audio/pieceCutter';

/** The memory of a machine, in bytes. */
export interface MachineMemory {
  readonly totalBytes: number;
  /** The memory that could be taken without swapping; macOS reports far too little, so this only leads to a warning. */
  readonly availableBytes: number;
}

/**
 * The memory that the system reports, in bytes; `limitBytes` is a container's limit, 0 or larger than all memory when
 * there is none.
 */
interface MemoryFacts {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly limitBytes: number;
}

/**
 * The memory within reach: in a container at most its limit, however large the machine is. macOS calls free what it has
 * no use for at all, which is next to nothing soon after its start; what files and idle programs take it gives back, and
 * half of the memory can be had so on a computer that is not short of it.
 */
export function machineMemory(
  { totalBytes, freeBytes, limitBytes }: MemoryFacts,
  platform: NodeJS.Platform = process.platform,
): MachineMemory {
  const reachable = limitBytes > 0 ? Math.min(totalBytes, limitBytes) : totalBytes;
  const givenBytes = platform === 'darwin' ? Math.max(freeBytes, reachable / 2) : freeBytes;
  return { totalBytes: reachable, availableBytes: Math.min(givenBytes, reachable) };
}

/** Whether a model fits: `tight` may swap, `tooBig` can't be loaded at all. */
export interface MemoryVerdict {
  readonly verdict: 'fits' | 'tight' | 'tooBig';
  readonly neededBytes: number;
  readonly availableBytes: number;
}

const workingBytes = 250_000_000;
/** Weights of small models grow most: 375 MB of int8 Whisper needed 1.6 GB (catalog.json, whisper-sherpa). */
const growthByEngine = { 'whisper.cpp': 1.1, 'sherpa-onnx': 1.6, 'transcribe.cpp': 1.1 } as const;

/**
 * Moonshine's attention grows with the piece. Measured with sherpa-onnx 1.13.8 and pieces of 29 s: 28 MB of files took up to
 * 379 MB, 63 MB took 592 MB; with 11 s they took 240 and 336 MB.
 */
const moonshineWorkingBytes = 200_000_000;
const moonshineBytesPerSecond = 0.17;

/** The facts that memory depends on: the engine's kind of model, and the longest piece that it is given. */
interface MemoryUser {
  readonly engine: keyof typeof growthByEngine;
  readonly kind: string;
  readonly longestPieceMs?: number;
}

/** The memory that loading takes: the catalog's number when it is the larger one, else an estimate from the files. */
export function memoryNeedBytes(
  { engine, kind, longestPieceMs = defaultCut.longestMs }: MemoryUser,
  filesBytes: number,
  catalogBytes?: number,
): number {
  if (catalogBytes !== undefined) return Math.max(catalogBytes, filesBytes);
  const weightsBytes = filesBytes * growthByEngine[engine];
  const isMoonshine = engine === 'sherpa-onnx' && kind.startsWith('moonshine');
  if (!isMoonshine) return Math.round(weightsBytes) + workingBytes;
  const pieceBytes = filesBytes * moonshineBytesPerSecond * (longestPieceMs / 1000);
  return Math.round(weightsBytes + pieceBytes) + moonshineWorkingBytes;
}

/**
 * Compares the need with the machine. Only what exceeds all memory is refused: what is available now is a guess
 * of the system's, and other programs give memory back.
 */
export function memoryVerdict(neededBytes: number, machine: MachineMemory): MemoryVerdict {
  const facts = { neededBytes, availableBytes: machine.availableBytes };
  if (neededBytes > machine.totalBytes) return { verdict: 'tooBig', ...facts };
  return { verdict: neededBytes > machine.availableBytes ? 'tight' : 'fits', ...facts };
}
