import type { PanelDisk } from '../../src/protocol/panelSnapshot';

/** One piece of the disk bar. `percent` is of everything shown: the cache and what is free beside it. */
export interface DiskShare {
  readonly name: string;
  readonly sizeOnDisk: number;
  readonly percent: number;
}

/** More families than this are told as "other": a bar of slivers says nothing. */
const shownFamilies = 5;

/** The pieces of the bar, the largest family first. Free space is what remains of the bar. */
export function diskShares(disk: PanelDisk, otherName: string): readonly DiskShare[] {
  const whole = disk.usedBytes + (disk.freeBytes ?? 0);
  if (whole === 0) return [];
  const sorted = disk.families
    .filter(({ sizeOnDisk }) => sizeOnDisk > 0)
    .toSorted((a, b) => b.sizeOnDisk - a.sizeOnDisk);
  const shown = sorted.slice(0, shownFamilies);
  const rest = Math.max(0, disk.usedBytes - shown.reduce((sum, each) => sum + each.sizeOnDisk, 0));
  return [...shown, ...(rest > 0 ? [{ name: otherName, sizeOnDisk: rest }] : [])].map((each) => ({
    ...each,
    percent: Math.min(100, (each.sizeOnDisk / whole) * 100),
  }));
}
