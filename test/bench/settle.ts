import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

const warmGiB = 2;
const writeBytes = 1024 * 1024;

/** Touches small pages, as memory of programs has them. */
function touchMemory(): void {
  const touch = `for (let i = 0, keep = []; i < ${String(warmGiB)}; i++) keep.push(Buffer.alloc(2 ** 30, 1));`;
  spawnSync(process.execPath, ['-e', touch]);
}

/** Touches large pages, as the file system takes them for large writes. */
function touchFileCache(folder: string): void {
  const scratch = path.join(folder, 'scratch');
  const descriptor = openSync(scratch, 'w');
  const part = Buffer.alloc(writeBytes, 1);
  for (let written = 0; written < warmGiB * 2 ** 30; written += writeBytes) {
    writeSync(descriptor, part);
  }
  closeSync(descriptor);
  rmSync(scratch);
}

/**
 * Brings the machine to the same state before each run: what others wrote is on the disk, and memory is warm. On a
 * virtual machine freed pages go back to the host, and the first touch of one is far slower than anything measured here.
 * `folder` lies where the contenders will write.
 */
export function settle(folder: string): void {
  spawnSync('sync');
  touchMemory();
  touchFileCache(folder);
}
