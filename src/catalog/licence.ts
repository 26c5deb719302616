import type { JsonObject } from '../common/json';
import type { Licence } from './catalogModel';
import { textField } from './jsonFields';
import { type Draft, put } from './sharedFacts';

/** The licences of the built-in catalog that are on SPDX's list, whose texts lie at an address made of their id. */
const onSpdxList = new Set([
  'MIT',
  'Apache-2.0',
  'BSD-3-Clause',
  'CC0-1.0',
  'CC-BY-4.0',
  'CC-BY-SA-4.0',
  'CC-BY-NC-4.0',
]);

/**
 * A licence with a place to read it: the address given, SPDX's text, or the page of the repository, where its
 * publisher states it. One that nobody states is `NOASSERTION`.
 */
export function readLicence(stated: JsonObject = {}, page?: string): Licence {
  const id = textField(stated, 'id') ?? 'NOASSERTION';
  const licence: Draft<Licence> = { id };
  const text = onSpdxList.has(id) ? `https://spdx.org/licenses/${id}.html` : page;
  put(licence, 'url', textField(stated, 'url') ?? text);
  put(licence, 'note', textField(stated, 'note'));
  return licence;
}
