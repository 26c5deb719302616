import type { ModelState } from './downloadedModel';
import type { ModelDownloadProgress } from './downloadProgress';
import type { ErrorCode } from './errorCode';
import type { MeasuredSpeed } from './measurement';

/**
 * The models on offer. The list changes seldom and is large (a hundred kilobytes), so the host sends it to a page once,
 * and again only when it is another object.
 */
export interface PanelCatalog {
  readonly families: readonly PanelFamily[];
}

/** One model, with its variants: formats and quantizations. Those that run here come first, the best at their head. */
export interface PanelFamily {
  readonly id: string;
  readonly name: string;
  /** The hub's facts about a repository that its search found, as a line. */
  readonly facts?: string;
  readonly variants: readonly PanelVariant[];
}

/** The results of a search of the hub so far. */
export interface PanelHubResults {
  readonly search: PanelHubSearch;
  readonly state: 'searching' | 'found' | 'failed';
  /** The repositories, each with the models that are recognised in it. */
  readonly families: readonly PanelFamily[];
  /** Repositories in which nothing is recognised. */
  readonly leftOut: number;
  readonly hasMore: boolean;
  /** Why it failed, as a message. */
  readonly message?: string;
}

/** The query of the search at the hub. */
export interface PanelHubSearch {
  readonly text: string;
  /** A language's code, and a tag of the hub that names a format. */
  readonly language?: string;
  readonly format?: string;
  readonly order: 'mostDownloaded' | 'newest';
}

/** Whether this machine has the memory for a model: `tight` loads, with little left for anything else. */
export type MachineFit = 'fits' | 'tight' | 'tooLarge';

/** A published error rate and speed, with the benchmark that they can be compared within. */
export interface PanelAccuracy {
  readonly werPercent?: number;
  readonly rtfx?: number;
  readonly benchmark?: string;
  readonly source: string;
}

/** One thing that can be downloaded. A fact that is not known is absent. */
export interface PanelVariant {
  readonly id: string;
  /** A name that no other variant on offer has. */
  readonly name: string;
  /** The catalog's name of the family: a maker's models in one format. */
  readonly familyName: string;
  readonly publisher?: string;
  /** Its purpose. */
  readonly description?: string;
  /** The best of its model for this machine. */
  readonly best?: true;
  /** It does not run here: the program that it is for; empty for what does not transcribe. */
  readonly elsewhere?: string;
  readonly format: string;
  readonly quantization?: string;
  readonly sizeBytes?: number;
  readonly memoryBytes?: number;
  /** Language codes; empty: unknown. */
  readonly languages: readonly string[];
  readonly licence: { readonly id: string; readonly url?: string };
  readonly accuracy?: PanelAccuracy;
  readonly gated: boolean;
  /** Loading it can run code that it contains. */
  readonly runsCode: boolean;
  readonly loaders: readonly string[];
  /** How many files belong to it; absent while they are not listed. */
  readonly fileCount?: number;
  /** Where sizes and digests come from: the catalog alone, or the hub, which was asked. Absent: no hub has it. */
  readonly hub?: 'notAsked' | 'asked';
  /** The same model in a format that can't run code, for one that can. */
  readonly safeCopyId?: string;
  readonly fits?: MachineFit;
  readonly starter: boolean;
  /** Set for models of an extra catalog: that catalog's name. */
  readonly catalogName?: string;
}

/**
 * A catalog on its way to the page. What many variants share (a list of a hundred languages, a licence with its
 * address, the source of an error rate) is sent once, in a table, and a variant holds its index there. Unpacked, it is
 * the `PanelCatalog` again.
 */
export interface PackedCatalog {
  readonly formats: readonly string[];
  readonly languages: readonly PanelVariant['languages'][];
  readonly licences: readonly PanelVariant['licence'][];
  readonly accuracies: readonly PackedAccuracy[];
  readonly abouts: readonly VariantAbout[];
  /** Benchmarks, and the sources of error rates. */
  readonly texts: readonly string[];
  readonly families: readonly PackedFamily[];
}

type PackedAccuracy = Omit<PanelAccuracy, 'benchmark' | 'source'> & {
  readonly benchmark?: number;
  readonly source: number;
};

interface PackedFamily extends Omit<PanelFamily, 'variants'> {
  readonly variants: readonly PackedVariant[];
}

/** The facts that the variants of one family have in common. */
type VariantAbout = Pick<
  PanelVariant,
  'familyName' | 'publisher' | 'description' | 'loaders' | 'elsewhere'
>;
type Shared = 'format' | 'languages' | 'licence' | 'accuracy' | keyof VariantAbout;
type Flag = 'gated' | 'runsCode' | 'starter';

/** A variant with indexes into the tables for what it shares, and without the flags that are false. */
export type PackedVariant = Omit<PanelVariant, Shared | Flag | 'hub'> &
  Readonly<Record<'format' | 'languages' | 'licence' | 'about', number>> &
  Readonly<Partial<Record<Flag, true>>> & {
    readonly accuracy?: number;
    /** Absent: a hub has it and was not asked, as with most. */
    readonly hub?: 'asked' | 'none';
  };

/** The facts that are sent only for the selected variant: one of hundreds. */
export interface PanelDetails {
  /** Its files; absent while it is not listed. */
  readonly files?: readonly PanelFile[];
  /** The reason why it can't be loaded here, as a message; absent when it can. */
  readonly notLoadable?: string;
  /** The catalog's note for a person, in English. */
  readonly note?: string;
  readonly defect?: string;
  readonly needs?: string;
  /** Its abilities besides transcribing; absent for a model that does not transcribe. */
  readonly abilities?: PanelAbilities;
  /** Rates of further benchmarks. */
  readonly moreAccuracy?: readonly PanelAccuracy[];
}

/** The abilities of a model besides transcribing. */
export interface PanelAbilities {
  readonly streams: boolean;
  readonly translates: boolean;
  /** The times that it gives with its text; absent: not stated. */
  readonly timestamps?: 'none' | 'segment' | 'word' | 'token';
}

/** A file of a variant, as the catalog or the hub knows it. */
export interface PanelFile {
  readonly path: string;
  readonly sizeBytes?: number;
  /** `sha256:…` or `git-sha1:…` */
  readonly digest?: string;
}

/** The state of one model that the page shows beyond its catalog facts. */
export interface PanelModel {
  readonly modelId: string;
  readonly name: string;
  readonly state: ModelState;
  readonly presentBytes: number;
  readonly totalBytes?: number;
  readonly updateAvailable: boolean;
  /** Being verified or deleted right now. */
  readonly busy?: 'verifying' | 'deleting';
  /** The reason why it can't be loaded, as a message; absent when it can. */
  readonly notLoadable?: string;
  readonly disk?: PanelModelOnDisk;
}

/** A downloaded (or damaged) model as it lies in the cache. */
interface PanelModelOnDisk {
  readonly familyName: string;
  readonly sizeOnDisk: number;
  /** The commit, 40 hex digits. */
  readonly revision: string;
  readonly path: string;
  readonly verified: boolean;
  /** Milliseconds since 1970. */
  readonly lastUsedMs?: number;
  readonly measured?: MeasuredSpeed;
}

/** Bytes of a download that did not end. */
export interface PanelPartial {
  /** The model it belongs to; a partial of no known model is named by its repository. */
  readonly modelId: string;
  readonly name: string;
  readonly downloadedBytes: number;
  readonly totalBytes?: number;
  readonly modifiedMs: number;
  /** False when its model is unknown: it can only be discarded. */
  readonly resumable: boolean;
}

export interface PanelDisk {
  /** Bytes of the cache by family, the largest first. */
  readonly families: readonly { readonly name: string; readonly sizeOnDisk: number }[];
  readonly usedBytes: number;
  /** The bytes that clearing the cache would free; absent: the same as `usedBytes`. */
  readonly reclaimableBytes?: number;
  readonly freeBytes?: number;
  readonly location: string;
  /** Where the cache lies when that isn't the person's own machine: "SSH: build-server". */
  readonly hostName?: string;
  /** Whether a file manager can show it (a desktop editor on the same machine). */
  readonly canReveal: boolean;
}

export type PanelUpdates =
  | { readonly state: 'unknown' | 'checking' }
  | { readonly state: 'checked'; readonly available: number; readonly checkedMs: number }
  | { readonly state: 'failed'; readonly message: string };

export interface PanelLoaded {
  readonly modelId: string;
  readonly name: string;
  readonly state: 'loading' | 'loaded';
}

/** The last load that failed, until something newer is known or done. */
export interface PanelFailedLoad {
  readonly modelId: string;
  readonly name: string;
  /** Why, as a message. */
  readonly message: string;
}

/** Something that concerns the whole panel. */
export interface PanelNotice {
  readonly kind: 'offline' | 'folderMissing' | 'error' | 'catalogProblem';
  readonly message: string;
}

/** One recommendation for this machine, with its reason as a message. */
export interface PanelRecommendation {
  readonly modelId: string;
  readonly reason: string;
  /** The model to take instead when that is too large, or not good enough. */
  readonly smallerId?: string;
  readonly betterId?: string;
}

/** Everything that changes, whole. `models` holds only those that differ from their catalog entry. */
export interface PanelSnapshot {
  readonly models: readonly PanelModel[];
  readonly partials: readonly PanelPartial[];
  /** The active download first, then the queue in its order, then what ended and was not dismissed. */
  readonly downloads: readonly ModelDownloadProgress[];
  readonly disk: PanelDisk;
  readonly updates: PanelUpdates;
  readonly loaded?: PanelLoaded;
  readonly failedLoad?: PanelFailedLoad;
  readonly recommendation?: PanelRecommendation;
  readonly notices: readonly PanelNotice[];
}

/** A failure as it crosses to the page. */
export interface PanelFailure {
  readonly code: ErrorCode;
  /** A message for a person, in their language. */
  readonly message: string;
}
