import assert from 'node:assert/strict';
import type { PreparedSnapshot, ScanReport, SnapshotSpec } from '../../../src/cache';
import type { CatalogModel } from '../../../src/catalog';
import { AsrError } from '../../../src/common/asrError';
import { systemClock } from '../../../src/common/clock';
import { deferred } from '../../../src/common/deferred';
import { Emitter } from '../../../src/common/event';
import { englishText, localized } from '../../../src/common/localizedMessage';
import { silentLogger } from '../../../src/common/logger';
import type { RepoFile } from '../../../src/common/repository';
import type {
  Transfer,
  TransferObserver,
  TransferOutcome,
  TransferRequest,
} from '../../../src/download';
import { directNetwork } from '../../../src/http';
import type { HubClient } from '../../../src/hub';
import type { ManagerDependencies } from '../../../src/models';

export const commit = 'c'.repeat(40);

/** A model of the hub with the given file patterns. */
export function hubModel(id: string, patterns: readonly string[] = [`${id}.bin`]): CatalogModel {
  return {
    id,
    name: `Model ${id}`,
    familyId: 'family',
    familyName: 'Family',
    format: 'ggml',
    licence: { id: 'MIT' },
    gated: false,
    languages: ['en'],
    loaders: [],
    streaming: false,
    translates: false,
    runsCode: false,
    starter: false,
    source: { kind: 'hub', repo: 'org/repo', patterns },
    files: [],
    catalog: { id: 'builtin', name: 'Built-in' },
  };
}

export function hubFile(path: string, sizeBytes: number): RepoFile {
  const hex = Buffer.from(path.padEnd(32, '.')).toString('hex').slice(0, 64);
  return { path, sizeBytes, digest: { algorithm: 'sha256', hex }, gitOid: 'a'.repeat(40) };
}

const unused = (): never => assert.fail('this test does not expect it');

/** The maintenance of the store; tests of it use the real store. */
const noMaintenance = {
  verify: unused,
  removalBytes: unused,
  clearBytes: unused,
  clear: unused,
  cleanUpItems: unused,
  cleanUp: unused,
  uninstall: unused,
  uninstallPlan: unused,
  restoreRevision: unused,
  adopt: () => Promise.resolve([]),
  importModel: unused,
  exportBundle: unused,
  isBundle: unused,
  importBundle: unused,
  moveTo: unused,
  folderState: unused,
  watch: () => ({ dispose: () => undefined }),
} satisfies Partial<ManagerDependencies['store']>;

/** The only window on its state folder; tests of several windows use the real store. */
const onlyWindow: ManagerDependencies['windows'] = {
  claim: () =>
    Promise.resolve({ claim: { publish: () => undefined, release: () => Promise.resolve() } }),
  takeOver: unused,
  isOwned: () => Promise.resolve(false),
  poll: () => Promise.resolve({ downloads: [], requests: [], changeStamp: '', isExpiring: false }),
  sendRequest: unused,
  removeAbandoned: unused,
  claimOffer: () => Promise.resolve(undefined),
  announceChange: () => Promise.resolve(),
  watch: () => ({ dispose: () => undefined }),
};

/** A transfer whose fate the test decides. */
export interface FakeTransfer {
  readonly request: TransferRequest;
  readonly observer: TransferObserver;
  end(outcome: TransferOutcome): void;
  readonly calls: string[];
}

/** The manager's ports over a hub of one repository, a store in memory and an engine that does as the test says. */
export class FakeWorld {
  readonly published = new Map<string, RepoFile>();
  readonly log: string[] = [];
  readonly transfers: FakeTransfer[] = [];
  readonly #started = new Emitter<FakeTransfer>();
  files: RepoFile[] = [];
  models: CatalogModel[] = [];
  free: number | undefined = 1e12;
  hubFailure: AsrError | undefined;
  isGated = false;
  #ids = 0;

  /** The next transfer that starts, or one that has started and was not asked for yet. */
  async transfer(index: number): Promise<FakeTransfer> {
    const there = this.transfers[index];
    if (there !== undefined) return there;
    const next = deferred<FakeTransfer>();
    const subscription = this.#started.event((transfer) => {
      if (this.transfers.indexOf(transfer) === index) next.resolve(transfer);
    });
    const found = await next.promise;
    subscription.dispose();
    return found;
  }

  readonly ports: ManagerDependencies = {
    catalog: {
      models: () => Promise.resolve(this.models),
      find: (id) => Promise.resolve(this.models.find((model) => model.id === id)),
      problems: () => [],
      reload: () => undefined,
      copiesBytes: () => Promise.resolve(0),
      removeCopies: () => Promise.resolve(),
      onDidChange: new Emitter<undefined>().event,
      dispose: () => undefined,
    },
    hub: () => this.#hub,
    searchHub: () => Promise.resolve({ found: [] }),
    token: () => Promise.resolve(undefined),
    engine: {
      start: (request, observer) => this.#start(request, observer),
      setMaxBytesPerSecond: (bytesPerSecond) => {
        this.log.push(`cap ${String(bytesPerSecond)}`);
      },
      dispose: () => undefined,
    },
    store: {
      ...noMaintenance,
      hubRoot: '/cache',
      prepare: (spec) => Promise.resolve(this.#prepare(spec)),
      scan: () => Promise.resolve(this.#scan()),
      freeBytes: () => Promise.resolve(this.free),
      removeFiles: (_repo, _commit, paths) => {
        this.log.push(`removeFiles ${paths.join(',')}`);
        for (const path of paths) this.published.delete(path);
        return Promise.resolve(0);
      },
    },
    diagnose: unused,
    windows: onlyWindow,
    settings: () =>
      Promise.resolve({
        transfer: {
          maxConnections: 4,
          stallTimeoutMs: 30_000,
          maxRetries: 5,
          maxBytesPerSecond: 0,
        },
        network: directNetwork,
      }),
    localise: englishText,
    clock: systemClock,
    logger: silentLogger,
    userAgent: 'test',
    newDownloadId: () => `download-${String(++this.#ids)}`,
    otherCaches: [],
    machine: () => ({ memoryBytes: 16e9, cores: 4 }),
    threads: () => 1,
    cueLimits: () => ({ maxMs: 7000, maxCharacters: 84 }),
    device: () => 'auto',
    measurements: { get: () => undefined, put: () => Promise.resolve() },
    runtime: {
      loaded: undefined,
      onDidExit: new Emitter<never>().event,
      onDidFallBack: new Emitter<never>().event,
      engines: () =>
        Promise.resolve(new Set(['whisper.cpp', 'sherpa-onnx', 'transcribe.cpp'] as const)),
      engineRefusal: () => undefined,
      onDidChangeLoaded: new Emitter<undefined>().event,
      canLoad: unused,
      load: unused,
      transcribe: unused,
      audioTracks: () => Promise.resolve([]),
      measure: unused,
      unload: () => Promise.resolve(),
      dispose: () => undefined,
    },
    knownIds: { list: () => Promise.resolve([]), add: () => Promise.resolve() },
  };

  readonly #hub: HubClient = {
    endpoint: 'https://hub.test',
    resolveRevision: (repo, revision) => {
      this.log.push(`resolve ${repo}@${revision}`);
      if (this.hubFailure !== undefined) return Promise.reject(this.hubFailure);
      return Promise.resolve({ repo, revision, commit, gated: this.isGated });
    },
    listFiles: () => Promise.resolve(this.files),
    fileUrls: (repo, at, path) => [
      { url: `https://hub.test/${repo}/resolve/${at}/${path}`, isMirror: false },
    ],
    pageUrl: (repo) => `https://hub.test/${repo}`,
    whoAmI: () => Promise.reject(new AsrError('auth', localized('No.'))),
  };

  #start(request: TransferRequest, observer: TransferObserver): Transfer {
    const finished = deferred<TransferOutcome>();
    const calls: string[] = [];
    const transfer: FakeTransfer = { request, observer, calls, end: finished.resolve };
    this.transfers.push(transfer);
    queueMicrotask(() => this.#started.fire(transfer));
    return {
      finished: finished.promise,
      pause: () => {
        calls.push('pause');
        finished.resolve({ kind: 'paused' });
      },
      cancel: () => {
        calls.push('cancel');
        finished.resolve({ kind: 'cancelled' });
      },
      abandon: () => {
        calls.push('abandon');
        finished.resolve({ kind: 'paused' });
      },
      setMaxBytesPerSecond: () => undefined,
    };
  }

  #prepare(spec: SnapshotSpec): PreparedSnapshot {
    this.log.push(`prepare ${spec.paths.join(',')}`);
    return {
      spec,
      snapshotPath: '/cache/snapshot',
      lost: new AbortController().signal,
      files: spec.tree
        .filter(({ path }) => spec.paths.includes(path))
        .map((entry) => ({
          entry,
          state: this.published.has(entry.path) ? 'present' : 'missing',
          partialPath: `/cache/partial/${entry.digest.hex}`,
          journalPath: `/cache/partial/${entry.digest.hex}.json`,
          partialBytes: 0,
        })),
      publish: (path) => {
        const file = this.files.find((candidate) => candidate.path === path);
        if (file !== undefined) this.published.set(path, file);
        this.log.push(`publish ${path}`);
        return Promise.resolve();
      },
      complete: () => {
        this.log.push('complete');
        return Promise.resolve();
      },
      discardPartials: () => {
        this.log.push('discardPartials');
        return Promise.resolve();
      },
      release: () => {
        this.log.push('release');
        return Promise.resolve();
      },
    };
  }

  #scan(): ScanReport {
    if (this.published.size === 0) return { repos: [], problems: [], sizeOnDisk: 0 };
    const files = [...this.published.values()].map(({ path, sizeBytes, digest }) => ({
      path,
      sizeBytes,
      digest,
      verified: true,
      diskBytes: sizeBytes,
      storageId: path,
    }));
    const snapshot = {
      commit,
      refs: ['main'],
      path: '/cache/snapshot',
      files,
      tree: this.files,
      modifiedMs: 0,
    };
    const repo = {
      repo: 'org/repo',
      path: '/cache/repo',
      snapshots: [snapshot],
      partials: [],
      sizeOnDisk: 0,
    };
    return { repos: [repo], problems: [], sizeOnDisk: 0 };
  }
}
