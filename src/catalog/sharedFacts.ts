import type { JsonObject } from '../common/json';
import { type Accuracy, timestampKinds, type Timestamps } from './catalogModel';
import { booleanField, numberField, objectField, textField, textsField } from './jsonFields';

/** The facts that a document states once, by a name that its entries refer to. */
export interface NamedOnce {
  readonly languages: ReadonlyMap<string, readonly string[]>;
  readonly sources: ReadonlyMap<string, string>;
}

/** The facts of a family, a group or a variant; each level states them for those below that do not state their own. */
export interface SharedFacts {
  readonly description?: string;
  readonly note?: string;
  readonly defect?: string;
  readonly needs?: string;
  readonly checkpoint?: string;
  readonly repo?: string;
  readonly repoUnconfirmed?: boolean;
  readonly revision?: string;
  readonly endpoint?: string;
  readonly mirrors?: readonly string[];
  readonly gated?: boolean;
  readonly licence?: JsonObject;
  readonly languages?: readonly string[];
  readonly languageCount?: number;
  readonly parameters?: number;
  readonly translates?: boolean;
  readonly streaming?: boolean;
  readonly timestamps?: Timestamps;
  readonly tasks?: readonly string[];
  readonly accuracy?: Accuracy;
}

/** A mutable object that is being put together; a value that is not known is left out. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Sets a field, or leaves it as it is when the value is not known. */
export function put<T, K extends keyof T>(draft: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) draft[key] = value;
}

/** A published rate, with the texts that its names stand for. */
export function readAccuracy(stated: JsonObject, named: NamedOnce): Accuracy {
  const source = textField(stated, 'source') ?? '';
  const benchmark = textField(stated, 'benchmark');
  const draft: Draft<Accuracy> = { source: named.sources.get(source) ?? source };
  put(draft, 'werPercent', numberField(stated, 'werPercent'));
  put(draft, 'rtfx', numberField(stated, 'rtfx'));
  put(draft, 'benchmark', benchmark && (named.sources.get(benchmark) ?? benchmark));
  return draft;
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '');
}

function languagesOf(layer: JsonObject, { languages }: NamedOnce): readonly string[] | undefined {
  const name = textField(layer, 'languages');
  return name === undefined ? textsField(layer, 'languages') : languages.get(name);
}

type Reader = (layer: JsonObject, draft: Draft<SharedFacts>, named: NamedOnce) => void;

const readers: Readonly<Record<string, Reader>> = {
  description: (layer, draft) => put(draft, 'description', textField(layer, 'description')),
  note: (layer, draft) => put(draft, 'note', textField(layer, 'note')),
  defect: (layer, draft) => put(draft, 'defect', textField(layer, 'defect')),
  needs: (layer, draft) => put(draft, 'needs', textField(layer, 'needs')),
  model: (layer, draft) => put(draft, 'checkpoint', textField(layer, 'model')),
  repo: (layer, draft) => {
    put(draft, 'repo', textField(layer, 'repo'));
    if (layer['revision'] === undefined) delete draft.revision;
  },
  repoUnconfirmed: (layer, draft) =>
    put(draft, 'repoUnconfirmed', booleanField(layer, 'repoUnconfirmed')),
  revision: (layer, draft) => put(draft, 'revision', textField(layer, 'revision')),
  endpoint: (layer, draft) =>
    put(draft, 'endpoint', textField(layer, 'endpoint')?.replace(/\/+$/, '')),
  mirrors: (layer, draft) => put(draft, 'mirrors', textsField(layer, 'mirrors')?.map(withoutSlash)),
  gated: (layer, draft) => put(draft, 'gated', booleanField(layer, 'gated')),
  licence: (layer, draft) => put(draft, 'licence', objectField(layer, 'licence')),
  languages: (layer, draft, named) => {
    put(draft, 'languages', languagesOf(layer, named));
    if (layer['languageCount'] === undefined) delete draft.languageCount;
  },
  languageCount: (layer, draft) => put(draft, 'languageCount', numberField(layer, 'languageCount')),
  parameters: (layer, draft) => put(draft, 'parameters', numberField(layer, 'parameters')),
  translates: (layer, draft) => put(draft, 'translates', booleanField(layer, 'translates')),
  streaming: (layer, draft) => put(draft, 'streaming', booleanField(layer, 'streaming')),
  timestamps: (layer, draft) => {
    const stated = textField(layer, 'timestamps');
    put(
      draft,
      'timestamps',
      timestampKinds.find((kind) => kind === stated),
    );
  },
  tasks: (layer, draft) => put(draft, 'tasks', textsField(layer, 'tasks')),
  accuracy: (layer, draft, named) => {
    const stated = objectField(layer, 'accuracy');
    put(draft, 'accuracy', stated && readAccuracy(stated, named));
  },
};

/** The facts of a level, given those of the level above it. Only what the level says costs anything. */
export function sharedFacts(layer: JsonObject, above: SharedFacts, named: NamedOnce): SharedFacts {
  let draft: Draft<SharedFacts> | undefined;
  for (const key of Object.keys(layer)) {
    const read = Object.hasOwn(readers, key) ? readers[key] : undefined;
    if (read !== undefined) read(layer, (draft ??= { ...above }), named);
  }
  return draft ?? above;
}
