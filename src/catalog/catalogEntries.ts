import { isObject, type JsonObject } from '../common/json';
import { defined } from '../protocol/defined';
import { textField } from './jsonFields';
import { type NamedOnce, type SharedFacts, sharedFacts } from './sharedFacts';

/** A step or more into a document, as JSON goes. */
export type EntryPath = readonly (string | number)[];

/** A variant, what its family and its group say for it, and where it stands in the document. */
export interface CatalogEntry {
  readonly family: JsonObject;
  readonly group?: JsonObject;
  readonly variant: JsonObject;
  readonly facts: SharedFacts;
  readonly name: string | undefined;
  /** The group's name: what its variants are called without their quantization. */
  readonly modelName?: string;
  /** A function, because most entries have no problem to report. */
  readonly path: () => EntryPath;
}

function listOf(object: JsonObject, key: string): readonly unknown[] {
  const value = object[key];
  return Array.isArray(value) ? value : [];
}

/** A group's name and the variant's quantization: "Whisper Tiny" and "q5_1" make "Whisper Tiny Q5_1". */
function nameIn(group: string | undefined, variant: JsonObject): string | undefined {
  const own = textField(variant, 'name');
  if (own !== undefined || group === undefined) return own;
  const quantization = textField(variant, 'quantization');
  return quantization === undefined ? group : `${group} ${quantization.toUpperCase()}`;
}

/** Every variant of a document, in its order; entries that are no objects are passed over. */
export function* catalogEntries(document: JsonObject, named: NamedOnce): Generator<CatalogEntry> {
  const whole = sharedFacts(
    { endpoint: document['endpoint'], mirrors: document['mirrors'] },
    {},
    named,
  );
  for (const [familyIndex, family] of listOf(document, 'families').entries()) {
    if (!isObject(family)) continue;
    const forFamily = sharedFacts(family, whole, named);
    for (const [groupIndex, group] of listOf(family, 'groups').entries()) {
      if (!isObject(group)) continue;
      const groupName = textField(group, 'name');
      const forGroup = sharedFacts(group, forFamily, named);
      for (const [index, variant] of listOf(group, 'variants').entries()) {
        if (!isObject(variant)) continue;
        yield {
          family,
          group,
          variant,
          facts: sharedFacts(variant, forGroup, named),
          name: nameIn(groupName, variant),
          ...defined({ modelName: groupName }),
          path: () => ['families', familyIndex, 'groups', groupIndex, 'variants', index],
        };
      }
    }
    for (const [index, variant] of listOf(family, 'variants').entries()) {
      if (!isObject(variant)) continue;
      const path = (): EntryPath => ['families', familyIndex, 'variants', index];
      const facts = sharedFacts(variant, forFamily, named);
      yield { family, variant, facts, name: textField(variant, 'name'), path };
    }
  }
}
