import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { DiskStep } from '../../../../src/store/disk';

/** Thrown in place of the process's end. Nothing after it can change the disk any more. */
export class Killed extends Error {}

/** A step port that ends the "process" before its n-th change of the disk, and counts them. */
export class KillPoint {
  steps = 0;
  constructor(private readonly at = Number.POSITIVE_INFINITY) {}

  readonly step: DiskStep = () => {
    this.steps++;
    if (this.steps >= this.at) throw new Killed('killed');
  };

  get struck(): boolean {
    return this.steps >= this.at;
  }
}

/** Seeded, so that a failure can be run again: mulberry32. */
export function randomPoints(seed: number, count: number, limit: number): readonly number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return 1 + (((mixed ^ (mixed >>> 14)) >>> 0) % limit);
  });
}

/** Runs work that is killed; any other end than the kill or success is a failure of the test. */
export async function untilKilled(kill: KillPoint, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!kill.struck) throw error;
  }
}

/** What other tools need so that they don't drop a repository or warn (hub-protocol 4.2), told in words. */
export async function foreignScanProblems(hubRoot: string): Promise<readonly string[]> {
  const problems: string[] = [];
  if (!existsSync(hubRoot)) return problems;
  for (const name of await fs.readdir(hubRoot)) {
    if (name === 'CACHEDIR.TAG' || name === '.locks') continue;
    if (!name.startsWith('models--')) problems.push(`${name} in the root`);
    else problems.push(...(await repoProblems(path.join(hubRoot, name), name)));
  }
  return problems;
}

async function repoProblems(repo: string, name: string): Promise<readonly string[]> {
  const problems: string[] = [];
  const snapshots = await fs
    .readdir(path.join(repo, 'snapshots'), { withFileTypes: true })
    .catch(() => undefined);
  if (snapshots === undefined) return [`${name} has no snapshots`];
  for (const item of snapshots) {
    if (!item.isDirectory()) problems.push(`${name} has the file ${item.name} in snapshots`);
  }
  await walk(path.join(repo, 'snapshots'), (place, isLink) => {
    if (isLink && !existsSync(place)) problems.push(`${place} leads to nothing`);
    if (place.endsWith('.tmp')) problems.push(`${place} is a temporary file`);
    return Promise.resolve();
  });
  await walk(path.join(repo, 'refs'), async (place) => {
    const text = await fs.readFile(place, 'utf8');
    if (!snapshots.some((item) => item.name === text)) problems.push(`${place} says ${text}`);
  });
  return problems;
}

async function walk(
  folder: string,
  visit: (place: string, isLink: boolean) => Promise<void>,
): Promise<void> {
  const items = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const item of items) {
    const place = path.join(folder, item.name);
    if (item.isDirectory()) await walk(place, visit);
    else await visit(place, item.isSymbolicLink());
  }
}

export async function assertCleanForOthers(hubRoot: string): Promise<void> {
  assert.deepEqual(await foreignScanProblems(hubRoot), []);
}
