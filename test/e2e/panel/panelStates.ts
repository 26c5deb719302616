import type { Page } from 'playwright-core';
import type { PanelCatalog, PanelModel, PanelSnapshot } from '../../../src/protocol/panelSnapshot';
import {
  emptySnapshot,
  FakeHost,
  fullSnapshot,
  queuedDownload,
  sampleDownload,
} from './panelFixture';

/** A state of the panel: the host's data, and the part that the page shows. */
export interface PanelState {
  readonly name: string;
  readonly snapshot: PanelSnapshot;
  readonly kept?: Readonly<Record<string, unknown>>;
  /** A text or element that only this state shows. */
  readonly shows: string | RegExp;
  readonly hostFails?: boolean;
  /** The host has not answered yet. */
  readonly hostIsSlow?: boolean;
  /** The models on offer; absent: a part of the built-in catalog. */
  readonly catalog?: PanelCatalog | 'whole';
  /** The steps before the page is looked at. */
  readonly act?: (page: Page, host: FakeHost) => Promise<void>;
}

const queue = [
  queuedDownload('d2', 'whisper-base-q5_1', 'Whisper Base Q5_1'),
  queuedDownload('d3', 'whisper-small-q8_0', 'Whisper Small Q8_0'),
];
const dialog = { dialogModelId: 'whisper-large-v3' };

function press(name: string): (page: Page) => Promise<void> {
  return (page) => page.getByRole('button', { name }).first().click();
}

function withDownload(fields: Parameters<typeof sampleDownload>[0]): PanelSnapshot {
  return { ...fullSnapshot, downloads: [sampleDownload(fields)] };
}

const [tiny] = fullSnapshot.models;
const large = tiny && { ...tiny, modelId: 'whisper-large-v3', name: 'Whisper Large v3' };

function incomplete(model: PanelModel): PanelModel {
  const { disk: _disk, ...rest } = model;
  const modelId = 'whisper-tiny-q8_0';
  return { ...rest, modelId, state: 'incomplete', presentBytes: 680, totalBytes: 1000 };
}

function beingDeleted(model: PanelModel): PanelModel {
  return { ...model, modelId: 'whisper-tiny.en-q5_1', busy: 'deleting' };
}

function many(at: number): readonly PanelModel[] {
  return fullSnapshot.models
    .slice(0, 1)
    .map((model) => ({ ...model, modelId: `many-${at}`, name: `Model ${at + 1}` }));
}

const resolving = {
  ...queuedDownload('d1', 'whisper-large-v3', 'Whisper Large v3'),
  status: 'resolving' as const,
};

/** Every state that the panel has. */
export const panelStates: readonly PanelState[] = [
  {
    name: 'first time',
    snapshot: emptySnapshot,
    catalog: 'whole',
    shows: 'Recommended for this machine',
  },
  {
    name: 'selected, downloading, queued',
    snapshot: { ...fullSnapshot, downloads: [sampleDownload(), ...queue] },
    kept: { selectedId: 'whisper-small-q5_1' },
    shows: '2 queued',
  },
  {
    name: 'selected, downloaded',
    snapshot: fullSnapshot,
    kept: { selectedId: 'whisper-base' },
    shows: 'Copy Path',
  },
  {
    name: 'search',
    snapshot: fullSnapshot,
    kept: { search: 'german q5', state: 'fits' },
    catalog: 'whole',
    shows: /of 171 models/,
  },
  {
    name: 'nothing found',
    snapshot: fullSnapshot,
    kept: { search: 'zzzz' },
    shows: 'No models match your search and filters.',
  },
  {
    name: 'rows of every kind',
    snapshot: {
      ...fullSnapshot,
      models: [
        ...fullSnapshot.models,
        ...(tiny === undefined ? [] : [incomplete(tiny), beingDeleted(tiny)]),
      ],
      downloads: [
        sampleDownload({ modelId: 'whisper-tiny-q5_1', modelName: 'Whisper Tiny Q5_1' }),
        queuedDownload('d2', 'whisper-tiny.en', 'Whisper Tiny (English) F16'),
      ],
    },
    kept: { search: 'whisper', selectedId: 'whisper-base' },
    shows: 'Incomplete 68 %',
  },
  {
    name: 'the list has the focus',
    snapshot: fullSnapshot,
    kept: { selectedId: 'whisper-tiny-q5_1' },
    act: async (page) => {
      await page.getByRole('treeitem', { selected: true }).focus();
      await page.keyboard.press('ArrowDown');
      await page.getByRole('treeitem', { name: /^Whisper Tiny F16 · GGML/ }).hover();
    },
    shows: 'Whisper Tiny Q8_0',
  },
  {
    name: 'a list of choices is open',
    snapshot: fullSnapshot,
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Format' }).click();
      await page.getByRole('option', { name: /^CTranslate2/ }).hover();
    },
    shows: 'Any format',
  },
  {
    name: 'selected, can run code',
    snapshot: fullSnapshot,
    kept: { search: 'nemo', format: 'nemo' },
    catalog: 'whole',
    act: async (page) => {
      const model = page.getByRole('treeitem', { level: 1 }).first();
      if ((await model.getAttribute('aria-expanded')) === 'false') await model.click();
      await page.getByRole('treeitem', { level: 2 }).first().click();
    },
    shows: /^Loading this format can run code/,
  },
  {
    name: 'selected, too large',
    snapshot: fullSnapshot,
    kept: { size: 'over', search: 'voxtral small' },
    catalog: 'whole',
    act: (page) =>
      page
        .getByRole('treeitem', { name: /Too large for this machine/ })
        .first()
        .click(),
    shows: /^It needs more memory|^Too large for this machine\. It needs/,
  },
  {
    name: 'selected, loading, an answer',
    snapshot: {
      ...fullSnapshot,
      loaded: { modelId: 'whisper-tiny', name: 'Whisper Tiny', state: 'loading' },
    },
    kept: { selectedId: 'whisper-tiny' },
    act: async (page, host) => {
      host.onAction = () => 'Whisper Tiny is whole: 1 file, 78 MB.';
      await page.getByRole('button', { name: 'Verify: Whisper Tiny' }).click();
    },
    shows: 'Whisper Tiny is whole',
  },
  {
    name: 'nothing on offer',
    snapshot: emptySnapshot,
    catalog: { families: [] },
    shows: 'There are no models on offer.',
  },
  { name: 'loading', snapshot: emptySnapshot, hostIsSlow: true, shows: 'Loading models…' },
  { name: 'no snapshot', snapshot: emptySnapshot, hostFails: true, shows: 'Try Again' },
  {
    name: 'offline, folder missing, loaded',
    snapshot: {
      ...fullSnapshot,
      notices: [
        { kind: 'offline', message: 'There is no network. What is downloaded can be used.' },
        {
          kind: 'folderMissing',
          message: 'The model folder /mnt/models is not there. Choose another folder.',
        },
      ],
      loaded: { modelId: 'whisper-tiny', name: 'Whisper Tiny', state: 'loaded' },
    },
    kept: { selectedId: 'whisper-tiny' },
    shows: 'Whisper Tiny is loaded.',
  },
  {
    name: 'selected, damaged, load failed',
    snapshot: {
      ...fullSnapshot,
      loaded: { modelId: 'whisper-tiny', name: 'Whisper Tiny', state: 'loaded' },
      failedLoad: {
        modelId: 'whisper-small',
        name: 'Whisper Small',
        message: 'Whisper Small is damaged. Verify it to repair it, then load it.',
      },
    },
    kept: { selectedId: 'whisper-small' },
    shows: /^Whisper Small is damaged\./,
  },
  {
    name: 'downloaded models',
    snapshot: fullSnapshot,
    kept: { tab: 'downloaded' },
    shows: 'Unfinished Downloads',
  },
  {
    name: 'downloaded models, one, checking',
    snapshot: {
      ...fullSnapshot,
      models: fullSnapshot.models.slice(0, 1),
      partials: [],
      updates: { state: 'checking' },
    },
    kept: { tab: 'downloaded' },
    shows: 'Checking for updates…',
  },
  {
    name: 'downloaded models, many, check failed',
    snapshot: {
      ...fullSnapshot,
      models: Array.from({ length: 30 }, (_, at) => many(at)).flat(),
      updates: { state: 'failed', message: 'The hub could not be reached.' },
      downloads: [sampleDownload({ status: 'paused' })],
    },
    kept: { tab: 'downloaded' },
    shows: /Could not check for updates/,
  },
  {
    name: 'delete a model',
    snapshot: fullSnapshot,
    kept: { tab: 'downloaded' },
    act: press('Delete: Whisper Base'),
    shows: 'Delete Whisper Base?',
  },
  {
    name: 'discard a download',
    snapshot: fullSnapshot,
    kept: { tab: 'downloaded' },
    act: press('Discard: Whisper Large v3 Turbo'),
    shows: /^Discard the unfinished download/,
  },
  {
    name: 'downloaded models, none',
    snapshot: emptySnapshot,
    kept: { tab: 'downloaded' },
    shows: 'No models are downloaded yet.',
  },
  {
    name: 'downloaded models, folder missing',
    snapshot: {
      ...emptySnapshot,
      notices: [
        {
          kind: 'folderMissing',
          message: 'The model folder /mnt/models is not there. Choose another folder.',
        },
      ],
    },
    kept: { tab: 'downloaded' },
    shows: /^The model folder/,
  },
  {
    name: 'clear the cache',
    snapshot: fullSnapshot,
    kept: { tab: 'downloaded' },
    act: press('Clear Model Cache'),
    shows: 'Clear the model cache?',
  },
  {
    name: 'dialog, starting',
    snapshot: emptySnapshot,
    act: press('Not downloaded - click to download: Whisper Base Q5_1'),
    shows: 'Starting…',
  },
  {
    name: 'dialog, resolving',
    snapshot: { ...emptySnapshot, downloads: [resolving] },
    kept: dialog,
    shows: 'Asking the hub for the file list…',
  },
  { name: 'dialog, downloading', snapshot: withDownload({}), kept: dialog, shows: '412 MB of' },
  {
    name: 'dialog, downloading, its files, more waiting',
    snapshot: withDownload({ queuedBehind: 2 }),
    kept: dialog,
    act: (page) => page.getByRole('dialog').getByText('Files').click(),
    shows: 'config.json',
  },
  {
    name: 'dialog, downloading in another window',
    snapshot: withDownload({ inOtherWindow: true }),
    kept: dialog,
    shows: /^Another window downloads this model/,
  },
  {
    name: 'dialog, cancelled',
    snapshot: withDownload({}),
    kept: dialog,
    act: async (page, host) => {
      await page.getByRole('dialog').getByText('38.4 MB/s').waitFor();
      host.set({ downloads: [] });
    },
    shows: 'What had arrived was removed.',
  },
  {
    name: 'dialog, an action was refused',
    snapshot: withDownload({}),
    kept: dialog,
    act: async (page, host) => {
      host.onAction = () => Promise.reject(new Error('The other window does not answer.'));
      await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    },
    shows: 'The other window does not answer.',
  },
  {
    name: 'dialog, queued',
    snapshot: { ...fullSnapshot, downloads: [sampleDownload(), ...queue] },
    kept: { dialogModelId: 'whisper-base-q5_1' },
    shows: 'This one starts by itself',
  },
  {
    name: 'dialog, stalled',
    snapshot: withDownload({ stalled: true, secondsSinceLastByte: 9 }),
    kept: dialog,
    shows: 'No data for 9 s',
  },
  {
    name: 'dialog, waiting to retry',
    snapshot: withDownload({
      retryAt: Date.now() + 3600_000,
      attempt: 3,
      retryReason: 'the hub asks for a pause',
    }),
    kept: dialog,
    shows: /Trying again in .* \(attempt 3\)/,
  },
  {
    name: 'dialog, verifying',
    snapshot: withDownload({ status: 'verifying', downloadedBytes: 1_600_000_000 }),
    kept: dialog,
    shows: 'Verifying what arrived…',
  },
  {
    name: 'dialog, paused',
    snapshot: withDownload({ status: 'paused' }),
    kept: dialog,
    shows: 'What has arrived is kept.',
  },
  {
    name: 'dialog, error',
    snapshot: withDownload({
      status: 'error',
      errorCode: 'diskSpace',
      errorMessage:
        'Not enough disk space: needs 1.2 GB, 310 MB free in /home/ada/models. Free up space or choose another folder.',
    }),
    kept: dialog,
    shows: 'Retry continues from 412 MB.',
  },
  {
    name: 'dialog, complete',
    snapshot: {
      ...withDownload({ status: 'completed', downloadedBytes: 1_600_000_000, filesDone: 3 }),
      models: [...fullSnapshot.models, ...(large === undefined ? [] : [large])],
    },
    kept: dialog,
    shows: 'Download complete!',
  },
];

/** Shows the state: the host has its truth, fails or does not answer; on offer is what the state needs of the catalog. */
export function hostOf(state: PanelState, catalog: PanelCatalog): FakeHost {
  const { catalog: offer = partOf(catalog, JSON.stringify(state.snapshot)) } = state;
  const host = new FakeHost(offer === 'whole' ? catalog : offer, state.snapshot);
  if (state.hostFails === true) host.failWith = new Error('The folder is not readable.');
  if (state.hostIsSlow === true) host.snapshot = () => new Promise(() => undefined);
  return host;
}

/** So many models are listed where a state does not need all of them, besides those that it names. */
const listedModels = 8;

/**
 * Some models with a few of their variants, one of each format, and those that a text names. A state is looked at in four
 * themes and three sizes: hundreds of rows that are alike take most of the time, and some states show them all.
 */
function partOf({ families }: PanelCatalog, text: string): PanelCatalog {
  const formats = new Set<string>();
  const few = families.map((family, at) => ({
    ...family,
    variants: family.variants.filter(({ id, format }, index) => {
      const isFirstOfFormat = !formats.has(format);
      formats.add(format);
      const isListed = at < listedModels && index < (at === 0 ? 12 : 2);
      return isListed || isFirstOfFormat || text.includes(`"${id}"`);
    }),
  }));
  return { families: few.filter(({ variants }) => variants.length > 0) };
}
