import type { MachineMemory } from './memoryNeed';

/** What the system says: bytes; `limitBytes` is a container's limit, 0 or larger than all memory when there is none. */
export interface MemoryFacts {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly limitBytes: number;
}

/** What can be had here: inside a container that is never more than its limit, however large the machine is. */
export function machineMemory({ totalBytes, freeBytes, limitBytes }: MemoryFacts): MachineMemory {
  const reachable = limitBytes > 0 ? Math.min(totalBytes, limitBytes) : totalBytes;
  return { totalBytes: reachable, availableBytes: Math.min(freeBytes, reachable) };
}
