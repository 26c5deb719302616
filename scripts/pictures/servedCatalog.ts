import { isObject } from '../../src/common/json';
import { generatedContent, type HubContent, type TestRepoOptions } from '../../test/hub';

/** The built-in catalog, and the repositories of the models in it that the pictures download. */
export interface ServedCatalog {
  /** The text of the catalog's file. */
  readonly catalog: string;
  readonly repos: readonly TestRepoOptions[];
}

type Field = Record<string, unknown>;

/**
 * Makes up the files of some of the catalog's models, in their sizes. Names, sizes and facts stay what they are; only the
 * digests of these models are those of the made-up bytes, and their revision is the newest of the made-up repository.
 */
export async function servedCatalog(
  catalogText: string,
  modelIds: readonly string[],
): Promise<ServedCatalog> {
  const document: unknown = JSON.parse(catalogText);
  const contents = new Map<string, Record<string, HubContent>>();
  const missing = new Set(modelIds);
  for (const family of objects(document, 'families')) {
    for (const group of objects(family, 'groups')) {
      for (const variant of objects(group, 'variants')) {
        if (!missing.delete(text(variant, 'id'))) continue;
        const repo = text('repo' in group ? group : family, 'repo');
        const served = contents.get(repo) ?? {};
        contents.set(repo, served);
        delete family['revision'];
        delete group['revision'];
        for (const file of objects(variant, 'files')) await makeUp(file, served);
      }
    }
  }
  if (missing.size > 0) throw new Error(`The catalog has no ${[...missing].join(', ')}.`);
  const repos = [...contents].map(([name, files]) => ({ name, files, licence: 'mit' }));
  return { catalog: JSON.stringify(document), repos };
}

async function makeUp(file: Field, served: Record<string, HubContent>): Promise<void> {
  const path = text(file, 'path');
  const sizeBytes = file['sizeBytes'];
  if (typeof sizeBytes !== 'number') throw new Error(`The catalog has no size for ${path}.`);
  const content = generatedContent({ sizeBytes, seed: path });
  served[path] = content;
  delete file['gitSha1'];
  file['sha256'] = await content.sha256();
}

function objects(parent: unknown, name: string): Field[] {
  const list: unknown = isObject(parent) ? parent[name] : undefined;
  return Array.isArray(list) ? list.filter((item): item is Field => isObject(item)) : [];
}

function text(parent: Field, name: string): string {
  const value = parent[name];
  return typeof value === 'string' ? value : '';
}
