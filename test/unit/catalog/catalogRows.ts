import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogEntries } from '../../../src/catalog/catalogEntries';
import { objectField, objectsField, textField } from '../../../src/catalog/jsonFields';
import { isObject, type JsonObject } from '../../../src/common/json';

/** A fact as text; a question mark for what nobody knows. */
function known(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}

/** The lines of a family: one for each variant, archive and file, with every size and digest. */
export type FamilyRows = ReadonlyMap<string, readonly string[]>;

export function dataPath(name: string): string {
  return fileURLToPath(new URL(`../../../src/catalog/data/${name}`, import.meta.url));
}

export function readData(name: string): JsonObject {
  const value: unknown = JSON.parse(readFileSync(dataPath(name), 'utf8'));
  if (!isObject(value)) throw new Error(`${name} is not an object`);
  return value;
}

export function builtInRows(document: JsonObject): FamilyRows {
  const rows = new Map<string, string[]>();
  const nothing = { languages: new Map<string, string[]>(), sources: new Map<string, string>() };
  for (const { family, variant, facts } of catalogEntries(document, nothing)) {
    const lines = rows.get(known(family['id'])) ?? [];
    rows.set(known(family['id']), lines);
    lines.push([known(variant['id']), known(facts.repo), known(facts.revision)].join(' '));
    const archive = objectField(variant, 'archive');
    if (archive !== undefined) {
      lines.push(`archive ${known(archive['sizeBytes'])} ${known(archive['sha256'])}`);
    }
    for (const file of objectsField(variant, 'files')) {
      lines.push(
        [
          known(file['path']),
          textField(file, 'role') ?? 'model',
          String(file['required'] !== false),
          known(file['sizeBytes']),
          known(file['sha256']),
          known(file['gitSha1']),
        ].join(' '),
      );
    }
  }
  return rows;
}

/** The same lines from the table of verified facts that the catalog was made from. */
export function referenceRows(families: readonly unknown[]): FamilyRows {
  const rows = new Map<string, string[]>();
  for (const family of families.filter(isObject)) {
    const lines: string[] = [];
    rows.set(known(family['id']), lines);
    for (const variant of objectsField(family, 'variants')) {
      const repo = known(variant['hf_repo']);
      const revision = repo === '?' ? '?' : known(variant['revision']);
      lines.push([known(variant['id']), repo, revision].join(' '));
      const archive = objectField(variant, 'archive');
      if (archive !== undefined && typeof archive['sha256'] === 'string') {
        lines.push(`archive ${known(archive['size'])} ${known(archive['sha256'])}`);
      }
      for (const file of objectsField(variant, 'files')) {
        lines.push(
          [
            known(file['path']),
            known(file['role']),
            known(String(file['required'])),
            known(file['size']),
            known(file['sha256']),
            known(file['git_blob_sha1']),
          ].join(' '),
        );
      }
    }
  }
  return rows;
}

/**
 * The table with what a later one says of where the models of sherpa-onnx lie unpacked: the repository of each, and its
 * files where the revision is known. What the later table leaves open stays as it was.
 */
export function withRepositories(
  families: readonly unknown[],
  later: readonly unknown[],
): readonly JsonObject[] {
  const corrections = new Map(
    later
      .filter(isObject)
      .filter((family) => known(family['id']).includes('sherpa'))
      .flatMap((family) => objectsField(family, 'variants'))
      .filter(({ op, hf_repo: repo }) => op === 'correct' && typeof repo === 'string')
      .map((variant) => [variant['id'], variant]),
  );
  return families.filter(isObject).map((family) => ({
    ...family,
    variants: objectsField(family, 'variants').map((variant) => {
      const correction = corrections.get(variant['id']);
      if (correction === undefined) return variant;
      const { hf_repo: repo, revision, total_size: size } = correction;
      const moved = { ...variant, hf_repo: repo, revision: revision ?? undefined };
      if (typeof revision !== 'string' || !Array.isArray(correction['files'])) return moved;
      const before = new Map(objectsField(variant, 'files').map((file) => [file['path'], file]));
      const files = objectsField(correction, 'files').map((file) => ({
        ...before.get(file['path']),
        ...Object.fromEntries(Object.entries(file).filter(([, value]) => value !== null)),
      }));
      return { ...moved, files, total_size: size ?? undefined };
    }),
  }));
}

/** One line for each family: how many lines it has and what they come to. */
export function rowDigests(rows: FamilyRows): Record<string, string> {
  return Object.fromEntries(
    [...rows].map(([family, lines]) => {
      const hash = createHash('sha256').update(lines.join('\n')).digest('hex');
      return [family, `${lines.length} ${hash}`];
    }),
  );
}
