import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';

/** The content of the hub: of each repository the files of every commit, by path, with their bytes. */
export type HubTruth = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Buffer>>>;

/**
 * The errors in a cache folder, as sentences. It knows the layout of the folder and the hub's bytes, and none of the
 * product's code: whatever a revision names is whole, each blob has the bytes of its name, and each piece that a journal
 * claims is on the disk as it was written.
 */
export async function checkCache(hubRoot: string, truth: HubTruth): Promise<string[]> {
  const wrong: string[] = [];
  for (const [repo, commits] of truth) {
    const folder = path.join(hubRoot, `models--${repo.replace('/', '--')}`);
    for (const name of await namesIn(path.join(folder, 'blobs'))) {
      const bytes = await fs.readFile(path.join(folder, 'blobs', name));
      if (!digestsOf(bytes).includes(name)) wrong.push(`${repo}: the blob ${name} has other bytes`);
    }
    for (const ref of await namesIn(path.join(folder, 'refs'))) {
      const commit = (await fs.readFile(path.join(folder, 'refs', ref), 'utf8')).trim();
      const files = commits.get(commit);
      if (files === undefined) wrong.push(`${repo}: ${ref} names ${commit}, which never was`);
      for (const [file, bytes] of files ?? []) {
        const place = path.join(folder, 'snapshots', commit, file);
        const found = await fs.readFile(place).catch(() => undefined);
        if (found === undefined) wrong.push(`${repo}: ${ref} names a commit without its ${file}`);
        else if (!found.equals(bytes)) wrong.push(`${repo}: ${file} has other bytes`);
      }
    }
    wrong.push(...(await wrongPartials(repo, path.join(folder, 'partial'))));
  }
  return wrong;
}

/** A file is named by its sha256, or by Git's sum of it where the hub gives no other. */
export function digestsOf(bytes: Buffer): readonly string[] {
  const git = createHash('sha1')
    .update(`blob ${String(bytes.length)}\0`)
    .update(bytes);
  return [createHash('sha256').update(bytes).digest('hex'), git.digest('hex')];
}

/** The hub may have sent wrong bytes for a piece; what its journal must be right about is what was written. */
async function wrongPartials(repo: string, folder: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.json')) continue;
    const journal = await fs.readFile(path.join(folder, name), 'utf8');
    const bytes = await fs
      .readFile(path.join(folder, name.slice(0, -'.json'.length)))
      .catch(() => undefined);
    // Without its partial a journal claims nothing: a process may have been killed between the removal of the two.
    if (bytes === undefined) continue;
    for (const { start, end, sum } of piecesOf(journal)) {
      if (sum !== crc32(bytes.subarray(start, end)))
        wrong.push(
          `${repo}: ${name} claims bytes ${String(start)} to ${String(end)}, and others are there`,
        );
    }
  }
  return wrong;
}

/**
 * The pieces of a journal that have a sum; `end` is exclusive. None when it can't be read: a reader then starts over.
 */
function piecesOf(journal: string): readonly { start: number; end: number; sum: number }[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(journal);
  } catch {
    return [];
  }
  const pieces: unknown =
    typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'pieces') : undefined;
  return (Array.isArray(pieces) ? pieces : []).flatMap((piece: unknown) => {
    const [start, end, sum] = Array.isArray(piece) ? piece.map(Number) : [];
    return start === undefined || end === undefined || sum === undefined || sum === 0
      ? []
      : [{ start, end, sum }];
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
