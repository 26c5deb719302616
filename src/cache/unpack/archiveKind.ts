import { openWhenFree } from '../../common/fileInUse';

/** The archives that are unpacked here. */
export type ArchiveKind = 'tar' | 'tar.gz' | 'tar.bz2';

/** The kind of an archive that may hold a model, by its first bytes; undefined for any other file. */
export async function archiveKind(file: string): Promise<ArchiveKind | undefined> {
  const handle = await openWhenFree(file);
  try {
    const head = Buffer.alloc(262);
    await handle.read(head, 0, head.length, 0);
    if (head.toString('latin1', 0, 3) === 'BZh') return 'tar.bz2';
    if (head.readUInt16BE(0) === 0x1f8b) return 'tar.gz';
    return head.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined;
  } finally {
    await handle.close();
  }
}
