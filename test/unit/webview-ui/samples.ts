import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import type {
  PanelCatalog,
  PanelModel,
  PanelSnapshot,
  PanelVariant,
} from '../../../src/protocol/panelSnapshot';
import { packCatalog } from '../../../src/vscode/panel/panelCatalog';
import { panelStrings } from '../../../src/protocol/panelStrings';

/** The page's texts in English. */
export const strings = panelStrings({ t: (message) => message });

export function download(fields: Partial<ModelDownloadProgress> = {}): ModelDownloadProgress {
  return {
    downloadId: 'd1',
    modelId: 'tiny',
    modelName: 'Tiny',
    status: 'downloading',
    downloadedBytes: 250,
    totalBytes: 1000,
    filesDone: 0,
    stalled: false,
    ...fields,
  };
}

/** The same without a known total. */
export function downloadOfUnknownSize(
  fields: Partial<ModelDownloadProgress> = {},
): ModelDownloadProgress {
  const { totalBytes: _unknown, ...rest } = download(fields);
  return rest;
}

export function model(fields: Partial<PanelModel> = {}): PanelModel {
  return {
    modelId: 'tiny',
    name: 'Tiny',
    state: 'downloaded',
    presentBytes: 1000,
    updateAvailable: false,
    disk: {
      familyName: 'Small ones',
      sizeOnDisk: 1000,
      revision: '5359861c739e955e79d9a303bcbc70fb988958b1',
      path: '/models/tiny',
      verified: true,
    },
    ...fields,
  };
}

export function variant(id: string, fields: Partial<PanelVariant> = {}): PanelVariant {
  return {
    id,
    name: id,
    familyName: 'Small ones',
    format: 'ggml',
    languages: ['en'],
    licence: { id: 'MIT' },
    gated: false,
    runsCode: false,
    loaders: [],
    starter: false,
    ...fields,
  };
}

export function snapshot(fields: Partial<PanelSnapshot> = {}): PanelSnapshot {
  return {
    models: [],
    partials: [],
    downloads: [],
    disk: { families: [], usedBytes: 0, location: '/models', canReveal: true },
    updates: { state: 'unknown' },
    notices: [],
    ...fields,
  };
}

export const catalog: PanelCatalog = {
  families: [
    {
      id: 'whisper',
      name: 'Whisper',
      variants: [
        variant('tiny', {
          name: 'Whisper Tiny',
          publisher: 'OpenAI',
          sizeBytes: 78e6,
          languages: ['en', 'de'],
        }),
        variant('large', {
          name: 'Whisper Large',
          publisher: 'OpenAI',
          sizeBytes: 3.1e9,
          languages: ['en', 'de', 'ja'],
          accuracy: { werPercent: 7.4, rtfx: 140, source: 'leaderboard' },
        }),
      ],
    },
    {
      id: 'moonshine',
      name: 'Moonshine',
      variants: [
        variant('moon', {
          name: 'Moonshine Base',
          format: 'onnx-sherpa',
          sizeBytes: 120e6,
          accuracy: { werPercent: 9.9, rtfx: 500, source: 'leaderboard' },
          fits: 'fits',
        }),
        variant('nosize', { name: 'Moonshine Mystery', format: 'onnx-sherpa' }),
      ],
    },
  ],
};

/** The same on its way to the page. */
export const packed = packCatalog(catalog);
