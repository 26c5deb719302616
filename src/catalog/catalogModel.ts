import type { Event } from '../common/event';
import type { Disposable } from '../common/disposable';

/** File formats of models. Each is loaded by other runtimes (docs/model-formats.md section 1.1). */
export const modelFormats = [
  'ggml',
  'gguf-transcribe-cpp',
  'ctranslate2',
  'transformers',
  'onnx-transformers',
  'onnx-sherpa',
  'onnx-asr',
  'onnx-moonshine',
  'nemo',
  'gguf-nemo-speech-cpp',
  'coreml',
  'unknown',
] as const;

export type ModelFormat = (typeof modelFormats)[number];

/** The times that a model gives with its text, the coarsest first. */
export const timestampKinds = ['none', 'segment', 'word', 'token'] as const;

export type Timestamps = (typeof timestampKinds)[number];

export interface Licence {
  /** SPDX id or `LicenseRef-…`; `NOASSERTION` when it could not be verified. */
  readonly id: string;
  readonly url?: string;
  readonly note?: string;
}

/** Where a model's bytes come from. */
export type ModelSource =
  | {
      readonly kind: 'hub';
      readonly repo: string;
      /** Branch, tag or commit; absent: `main`. */
      readonly revision?: string;
      /**
       * Shell patterns of the files that belong to the model (docs/hub-protocol.md section 6); empty means all files.
       */
      readonly patterns: readonly string[];
      /** Another endpoint than the configured one. */
      readonly endpoint?: string;
      /** More endpoints that serve the same repository, tried in order when the first is exhausted. */
      readonly mirrors?: readonly string[];
    }
  | {
      /** On this computer only, imported or left by a catalog that is gone: no hub is ever asked about it. */
      readonly kind: 'local';
      readonly repo: string;
      readonly revision?: string;
      readonly patterns: readonly string[];
    }
  | {
      /** Plain https files, each with its sha256. Stored as a repository of their own name. */
      readonly kind: 'files';
      readonly repo: string;
      readonly files: readonly {
        readonly path: string;
        readonly urls: readonly string[];
        readonly sizeBytes: number;
        readonly sha256: string;
      }[];
    };

/** A file that the catalog knows of; sizes and digests are absent where they could not be verified. */
export interface CatalogFile {
  readonly path: string;
  readonly role: string;
  readonly sizeBytes?: number;
  /** Lower-case hex sha256, belonging to the source's revision. */
  readonly sha256?: string;
  /** Git's blob id of a small file, lower-case hex, belonging to the source's revision. */
  readonly gitSha1?: string;
  readonly required: boolean;
}

/** A published error rate and speed. Only figures of one benchmark can be compared. */
export interface Accuracy {
  readonly werPercent?: number;
  readonly rtfx?: number;
  /** The measurement: which one, in which language, on which machine. */
  readonly benchmark?: string;
  readonly source: string;
}

/**
 * One thing that can be downloaded: a variant of a family in one format. A field that is not known is absent. Texts are
 * English here; those of the built-in catalog are keys of the bundles, by which they are shown in other languages.
 */
export interface CatalogModel {
  readonly id: string;
  readonly name: string;
  readonly familyId: string;
  readonly familyName: string;
  readonly publisher?: string;
  readonly description?: string;
  /** Advice for a person who chooses it, in English. */
  readonly note?: string;
  /** Known problems and how to avoid them, in English. */
  readonly defect?: string;
  /** Its requirements that not every installation meets, in English. */
  readonly needs?: string;
  readonly homepage?: string;
  readonly format: ModelFormat;
  readonly licence: Licence;
  readonly gated: boolean;
  /** Language codes as the catalog's source uses them; empty: unknown. */
  readonly languages: readonly string[];
  /** How many languages it speaks, when that is more than are listed. */
  readonly languageCount?: number;
  /** `transcribe`, `voice-activity-detection`, …; absent or empty: unknown. */
  readonly tasks?: readonly string[];
  /** The model whatever its format and quantization: the same for every copy of it; absent: unknown. */
  readonly checkpoint?: string;
  /** The model's name without format and quantization; absent where its catalog does not group variants. */
  readonly modelName?: string;
  /** The kind of model by its files, where a hub has stated it: `parakeet`, `moonshine`. */
  readonly architecture?: string;
  readonly parameters?: number;
  readonly quantization?: string;
  /** Sum of the required files; absent unless every one of them has a size. */
  readonly sizeBytes?: number;
  readonly memoryBytes?: { readonly bytes: number; readonly kind: string };
  readonly accuracy?: Accuracy;
  /** Rates of further benchmarks, such as of exactly this quantization. */
  readonly moreAccuracy?: readonly Accuracy[];
  /** The names of the runtimes that can load it. */
  readonly loaders: readonly string[];
  readonly streaming: boolean;
  readonly translates: boolean;
  /** Absent: not stated. */
  readonly timestamps?: Timestamps;
  /** Loading it can run code that it contains (pickle). */
  readonly runsCode: boolean;
  /** One of the hand-picked first choices. */
  readonly starter: boolean;
  /** Why it is a first choice, in English. */
  readonly starterReason?: string;
  /** The download is one packed file (the one in `files`), to be unpacked before anything can load it. */
  readonly packed?: 'tar.bz2' | 'tar.gz' | 'tar' | 'zip';
  /** Why it can't be downloaded at all, in English; it is only described. */
  readonly unavailable?: string;
  /** The repository's name was inferred by the catalog's makers and never seen. */
  readonly repoUnconfirmed?: boolean;
  readonly source: ModelSource;
  readonly files: readonly CatalogFile[];
  /** Which catalog it came from; `name` is shown for all but the built-in one. */
  readonly catalog: { readonly id: string; readonly name: string };
}

/** Something in an extra catalog that could not be used; the rest of it is. */
export interface CatalogProblem {
  /** The catalog's path or address. */
  readonly location: string;
  /** The entry's id, where it has one. */
  readonly entry?: string;
  readonly line?: number;
  readonly column?: number;
  /** English; says what is wrong and what was expected. */
  readonly message: string;
}

/** All models on offer. */
export interface Catalog extends Disposable {
  /** Every model of every catalog, the built-in ones first; never rejects: what can't be read is in `problems`. */
  models(signal?: AbortSignal): Promise<readonly CatalogModel[]>;
  /** By catalog id or `hf:` id; undefined when there is no such catalog id. Rejects on a malformed `hf:` id. */
  find(modelId: string): Promise<CatalogModel | undefined>;
  problems(): readonly CatalogProblem[];
  /** Reads the extra catalogs again. */
  reload(): void;
  /** Bytes of the copies that are kept of catalogs on the network. */
  copiesBytes(): Promise<number>;
  /** Removes those copies; catalogs that are still named are fetched again when they are next read. */
  removeCopies(): Promise<void>;
  readonly onDidChange: Event<void>;
}
