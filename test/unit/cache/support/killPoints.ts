import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { DiskStep } from '../../../../src/cache/disk';

/** Thrown in place of the process's end. Nothing after it can change the disk any more. */
export class Killed extends Error {}

/** A step port that ends the "process" before its n-th change of the disk, and counts them. */
export class KillPoint {
  steps = 0;
  /** The change that did not come. */
  place = '';
  constructor(private readonly at = Number.POSITIVE_INFINITY) {}

  readonly step: DiskStep = (operation, place) => {
    this.steps++;
    if (this.steps === this.at) this.place = `${operation} ${place}`;
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

/*
 * The rules by which other tools drop a repository or warn (docs/hub-protocol.md section 5.2). They are checked twice
 * after each of a thousand kills, on tiny folders that nothing else changes, so the reading is synchronous.
 */

/** The problems that other tools would have with the cache, told in words. */
export function foreignScanProblems(hubRoot: string): readonly string[] {
  if (!existsSync(hubRoot)) return [];
  return readdirSync(hubRoot).flatMap((name) => {
    if (name === 'CACHEDIR.TAG' || name === '.locks') return [];
    if (!name.startsWith('models--')) return [`${name} in the root`];
    return repoProblems(path.join(hubRoot, name), name);
  });
}

function repoProblems(repo: string, name: string): readonly string[] {
  if (!existsSync(path.join(repo, 'snapshots'))) return [`${name} has no snapshots`];
  const problems: string[] = [];
  const snapshots = readdirSync(path.join(repo, 'snapshots'), { withFileTypes: true });
  for (const item of snapshots) {
    if (!item.isDirectory()) problems.push(`${name} has the file ${item.name} in snapshots`);
  }
  walk(path.join(repo, 'snapshots'), (place, isLink) => {
    if (isLink && !existsSync(place)) problems.push(`${place} leads to nothing`);
    if (place.endsWith('.tmp')) problems.push(`${place} is a temporary file`);
  });
  walk(path.join(repo, 'refs'), (place) => {
    const text = readFileSync(place, 'utf8');
    if (!snapshots.some((item) => item.name === text)) problems.push(`${place} says ${text}`);
  });
  return problems;
}

function walk(folder: string, visit: (place: string, isLink: boolean) => void): void {
  if (!existsSync(folder)) return;
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, item.name);
    if (item.isDirectory()) walk(place, visit);
    else visit(place, item.isSymbolicLink());
  }
}

export function assertCleanForOthers(hubRoot: string): void {
  assert.deepEqual(foreignScanProblems(hubRoot), []);
}
