import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogEntries } from '../../../src/catalog/catalogEntries';
import { objectField, objectsField, textField } from '../../../src/catalog/jsonFields';
import { isObject, type JsonObject } from '../../../src/common/json';

/** A fact as text; a question mark for what is unknown. */
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

/** One line for each family: how many lines it has and what they come to. */
export function rowDigests(rows: FamilyRows): Record<string, string> {
  return Object.fromEntries(
    [...rows].map(([family, lines]) => {
      const hash = createHash('sha256').update(lines.join('\n')).digest('hex');
      return [family, `${lines.length} ${hash}`];
    }),
  );
}
