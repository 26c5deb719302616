import { type CatalogModel, machineFit } from '../../../src/catalog';
import { Emitter } from '../../../src/common/event';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import type { PanelAction } from '../../../src/protocol/panelMessages';
import type {
  MachineFit,
  PanelCatalog,
  PanelDetails,
  PanelHubResults,
  PanelHubSearch,
  PanelModel,
  PanelSnapshot,
} from '../../../src/protocol/panelSnapshot';
import { buildPanelCatalog } from '../../../src/vscode/panel/panelCatalog';
import type { PanelHost } from '../../../src/vscode/panel/panelRouter';
import { builtInModels, groupsOf } from '../../unit/catalog/builtInGroups';

/** The built-in catalog, for a machine with 8 GB of memory. */
export async function sampleCatalog(): Promise<PanelCatalog> {
  const machine = { memoryBytes: 8e9, cores: 8 };
  const fitOf = (model: CatalogModel): MachineFit | undefined => machineFit(model, machine);
  return buildPanelCatalog(groupsOf(await builtInModels(), fitOf), { fitOf });
}

const day = 24 * 3600_000;
const now = Date.UTC(2026, 10, 22, 10);

function onDisk(modelId: string, name: string, familyName: string, sizeOnDisk: number): PanelModel {
  return {
    modelId,
    name,
    state: 'downloaded',
    presentBytes: sizeOnDisk,
    totalBytes: sizeOnDisk,
    updateAvailable: false,
    disk: {
      familyName,
      sizeOnDisk,
      revision: '5359861c739e955e79d9a303bcbc70fb988958b1',
      path: `/home/ada/.cache/asr/hub/${modelId}`,
      verified: true,
      lastUsedMs: now - day,
      measured: { realTimeFactor: 6.23, loadMs: 1240 },
    },
  };
}

const whisper = 'Whisper (whisper.cpp GGML)';
const tiny = onDisk('whisper-tiny', 'Whisper Tiny', whisper, 77_691_713);
const base = onDisk('whisper-base', 'Whisper Base', whisper, 147_951_465);
const small = onDisk('whisper-small', 'Whisper Small', whisper, 487_601_967);
const medium = onDisk('whisper-medium', 'Whisper Medium', whisper, 1_533_763_059);

/** Nothing is downloaded, nothing runs. */
export const emptySnapshot: PanelSnapshot = {
  models: [],
  partials: [],
  downloads: [],
  disk: {
    families: [],
    usedBytes: 0,
    freeBytes: 212_400_000_000,
    location: '/home/ada/.config/Code/User/globalStorage/asr-tools.asr-model-manager/hub',
    canReveal: true,
  },
  updates: { state: 'unknown' },
  recommendation: {
    modelId: 'whisper-small-q5_1',
    reason:
      'Fits your 8 GB of memory and runs in real time on 8 cores; understands English and German.',
  },
  notices: [],
};

/** A cache with something of every kind in it. */
export const fullSnapshot: PanelSnapshot = {
  ...emptySnapshot,
  models: [
    tiny,
    { ...base, updateAvailable: true },
    { ...small, state: 'damaged' },
    {
      ...medium,
      ...(medium.disk === undefined ? {} : { disk: { ...medium.disk, verified: false } }),
    },
    {
      modelId: 'whisper-large-v3-turbo',
      name: 'Whisper Large v3 Turbo',
      state: 'incomplete',
      presentBytes: 1_103_000_000,
      totalBytes: 1_624_555_275,
      updateAvailable: false,
    },
  ],
  partials: [
    {
      modelId: 'whisper-large-v3-turbo',
      name: 'Whisper Large v3 Turbo',
      downloadedBytes: 1_103_000_000,
      totalBytes: 1_624_555_275,
      modifiedMs: now - 3 * day,
      resumable: true,
    },
    {
      modelId: 'someone/old-model',
      name: 'someone/old-model',
      downloadedBytes: 20_400_000,
      modifiedMs: now - 40 * day,
      resumable: false,
    },
  ],
  disk: {
    ...emptySnapshot.disk,
    families: [
      { name: whisper, sizeOnDisk: 2_247_008_204 },
      { name: 'Parakeet (sherpa-onnx)', sizeOnDisk: 661_000_000 },
      { name: 'Moonshine', sizeOnDisk: 120_000_000 },
    ],
    usedBytes: 3_028_008_204,
    freeBytes: 12_400_000_000,
    hostName: 'SSH: build-server',
  },
  updates: { state: 'checked', available: 1, checkedMs: now },
};

/** A download in the middle; fields are replaced per state. */
export function sampleDownload(fields: Partial<ModelDownloadProgress> = {}): ModelDownloadProgress {
  return {
    downloadId: 'd1',
    modelId: 'whisper-large-v3',
    modelName: 'Whisper Large v3',
    status: 'downloading',
    downloadedBytes: 412_000_000,
    totalBytes: 1_600_000_000,
    bytesPerSecond: 38_400_000,
    secondsRemaining: 31,
    filesDone: 1,
    filesTotal: 3,
    currentFile: 'ggml-large-v3.bin',
    connections: 8,
    stalled: false,
    files: [
      { path: 'config.json', sizeBytes: 2_400, downloadedBytes: 2_400, verified: true },
      {
        path: 'ggml-large-v3.bin',
        sizeBytes: 1_599_000_000,
        downloadedBytes: 411_997_600,
        verified: false,
      },
      { path: 'tokenizer.json', sizeBytes: 997_600, downloadedBytes: 0, verified: false },
    ],
    ...fields,
  };
}

/** A queued download. */
export function queuedDownload(downloadId: string, modelId: string, name: string) {
  const { downloadId: _id, ...rest } = sampleDownload();
  const record: ModelDownloadProgress = {
    downloadId,
    modelId,
    modelName: name,
    status: 'queued',
    downloadedBytes: 0,
    filesDone: rest.filesDone,
    stalled: false,
  };
  return record;
}

/** A host whose truth a test sets, and that remembers what the page asked for. */
export class FakeHost implements PanelHost {
  readonly actions: PanelAction[] = [];
  readonly #changed = new Emitter<undefined>();
  readonly #progressed = new Emitter<ModelDownloadProgress>();
  readonly #acted = new Emitter<undefined>();
  readonly onDidChange = this.#changed.event;
  readonly onDidChangeDownload = this.#progressed.event;
  /** The effect of an action, and the message that it returns; by default none. */
  onAction: (action: PanelAction) => string | undefined | Promise<string | undefined> = () =>
    undefined;
  failWith: Error | undefined;

  /** The models of each request for sizes. */
  readonly sizesAsked: (readonly string[])[] = [];

  /** How often the truth was looked up. */
  looks = 0;

  constructor(
    private readonly offered: PanelCatalog,
    private truth: PanelSnapshot,
  ) {}

  catalog(): Promise<PanelCatalog> {
    return Promise.resolve(this.offered);
  }

  details(): Promise<PanelDetails> {
    const digest = 'sha256:818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7';
    return Promise.resolve({ files: [{ path: 'ggml-model.bin', sizeBytes: 77_691_713, digest }] });
  }

  snapshot(): Promise<PanelSnapshot> {
    this.looks += 1;
    if (this.failWith !== undefined) return Promise.reject(this.failWith);
    return Promise.resolve(this.truth);
  }

  async run(action: PanelAction): Promise<string | undefined> {
    this.actions.push(action);
    this.#acted.fire(undefined);
    return this.onAction(action);
  }

  /** The actions that were asked for, as soon as they are `count`: a click ends before the page's message is here. */
  asked(count: number): Promise<readonly PanelAction[]> {
    if (this.actions.length >= count) return Promise.resolve(this.actions);
    return new Promise((resolve) => {
      const listener = this.#acted.event(() => {
        if (this.actions.length < count) return;
        listener.dispose();
        resolve(this.actions);
      });
    });
  }

  /** The results of a search of the hub; by default none. */
  onSearch: (search: PanelHubSearch) => Partial<PanelHubResults> = () => ({});

  searchHub(
    search: PanelHubSearch,
    _more: boolean,
    push: (results: PanelHubResults) => void,
  ): Promise<void> {
    const none = { families: [], leftOut: 0, hasMore: false } as const;
    push({ search, state: 'found', ...none, ...this.onSearch(search) });
    return Promise.resolve();
  }

  askSizes(modelIds: readonly string[]): Promise<void> {
    this.sizesAsked.push(modelIds);
    return Promise.resolve();
  }

  stopAsking(): void {
    // Nothing is being asked.
  }

  errorText(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
  }

  get current(): PanelSnapshot {
    return this.truth;
  }

  set(change: Partial<PanelSnapshot>): void {
    this.truth = { ...this.truth, ...change };
    this.#changed.fire(undefined);
  }

  progress(record: ModelDownloadProgress): void {
    this.truth = {
      ...this.truth,
      downloads: this.truth.downloads.map((each) =>
        each.downloadId === record.downloadId ? record : each,
      ),
    };
    this.#progressed.fire(record);
  }
}
