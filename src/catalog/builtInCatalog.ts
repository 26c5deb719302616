import { readFile } from 'node:fs/promises';
import { AsrError } from '../common/asrError';
import { isObject, parseJson } from '../common/json';
import { localized } from '../common/localizedMessage';
import type { CatalogModel } from './catalogModel';
import { textField } from './jsonFields';
import { readDocument } from './readDocument';

/** The id of the catalog that is part of the extension. */
export const builtInCatalogId = 'built-in';

/**
 * Reads the built-in catalog from its file. It obeys the schema (a test checks that), so it is not validated again.
 * Rejects with `unknown` when the file is missing or broken: the installation is damaged.
 */
export async function readBuiltInCatalog(file: string): Promise<readonly CatalogModel[]> {
  const document = parseJson(await readFile(file, 'utf8'));
  if (!isObject(document)) {
    throw new AsrError(
      'unknown',
      localized('The extension’s own list of models is damaged. Install the extension again.'),
    );
  }
  const name = textField(document, 'name') ?? builtInCatalogId;
  return readDocument(document, { id: builtInCatalogId, name }).models;
}
