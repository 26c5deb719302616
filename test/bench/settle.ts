import { spawnSync } from 'node:child_process';

const warmGiB = 2;

/**
 * Brings the machine to the same state before each run: what others wrote is on the disk, and memory is warm. On a
 * virtual machine freed pages go back to the host, and the first touch of one is far slower than anything measured here.
 */
export function settle(): void {
  spawnSync('sync');
  const touch = `for (let i = 0, keep = []; i < ${String(warmGiB)}; i++) keep.push(Buffer.alloc(2 ** 30, 1));`;
  spawnSync(process.execPath, ['-e', touch]);
}
