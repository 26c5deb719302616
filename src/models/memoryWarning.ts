import type { MemoryVerdict } from '../runtime';

/** The state of the machine when a model is to be loaded. */
interface MemorySituation {
  /** All of its memory, in bytes. */
  readonly totalBytes: number;
  /** The memory of the model that is loaded now: it is freed first. */
  readonly freedBytes: number;
  readonly platform: NodeJS.Platform;
}

/** macOS keeps its memory full on purpose, so what it calls free says nothing; a share of all of it does. */
const macShare = 0.6;

/** Whether a person should be asked before a model is loaded, because the machine may begin to swap. */
export function shouldWarnAboutMemory(
  { verdict, neededBytes, availableBytes }: MemoryVerdict,
  { totalBytes, freedBytes, platform }: MemorySituation,
): boolean {
  if (verdict !== 'tight') return false;
  if (platform === 'darwin') return neededBytes > totalBytes * macShare;
  return neededBytes > availableBytes + freedBytes;
}
