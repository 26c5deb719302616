import type { PanelSnapshot } from '../../../src/protocol/panelSnapshot';
import { emptySnapshot, fullSnapshot, queuedDownload, sampleDownload } from './panelFixture';

/** A face of the panel: the host's truth, and what the page looks at. */
export interface PanelState {
  readonly name: string;
  readonly snapshot: PanelSnapshot;
  readonly kept?: Readonly<Record<string, unknown>>;
  /** Something that only this face shows. */
  readonly shows: string | RegExp;
  readonly hostFails?: boolean;
  /** The host has not answered yet. */
  readonly hostIsSlow?: boolean;
  /** A button to press before looking. */
  readonly press?: string;
}

const queue = [
  queuedDownload('d2', 'whisper-base-q5_1', 'Whisper Base Q5_1'),
  queuedDownload('d3', 'whisper-small-q8_0', 'Whisper Small Q8_0'),
];
const dialog = { dialogModelId: 'whisper-large-v3' };

function withDownload(fields: Parameters<typeof sampleDownload>[0]): PanelSnapshot {
  return { ...fullSnapshot, downloads: [sampleDownload(fields)] };
}

const [tiny] = fullSnapshot.models;
const large = tiny && { ...tiny, modelId: 'whisper-large-v3', name: 'Whisper Large v3' };
const resolving = {
  ...queuedDownload('d1', 'whisper-large-v3', 'Whisper Large v3'),
  status: 'resolving' as const,
};

/** Every face that the panel has. */
export const panelStates: readonly PanelState[] = [
  { name: 'first time', snapshot: emptySnapshot, shows: 'Recommended for this machine' },
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
    shows: /of 579 models/,
  },
  {
    name: 'nothing found',
    snapshot: fullSnapshot,
    kept: { search: 'zzzz' },
    shows: 'No models match your search and filters.',
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
    shows: 'Unfinished downloads',
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
    press: 'Clear Model Cache',
    shows: 'Clear the model cache?',
  },
  {
    name: 'dialog, starting',
    snapshot: emptySnapshot,
    press: 'Not downloaded - click to download: Whisper Tiny Q5_1',
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
    shows: /Trying again in \d+ s \(attempt 3\)/,
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
