import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AsrModelApi } from '../../src/vscode/api';
import { whisperGgml } from '../hub/models';
import { generatedContent, startTestHub, type TestHub, type TestHubOptions } from '../hub';

/** The extension's API, as another extension gets it. */
export async function activateApi(): Promise<AsrModelApi> {
  const extension = vscode.extensions.getExtension<AsrModelApi>('asr-tools.asr-model-manager');
  assert.ok(extension);
  return extension.activate();
}

/** Repositories that the integration suites download from. */
const repos: NonNullable<TestHubOptions['repos']> = [
  {
    name: 'org/single',
    files: {
      'model.bin': generatedContent({ sizeBytes: 300_000, seed: 'single' }),
      'README.md': 'Read me.',
    },
    licence: 'mit',
  },
  {
    name: 'org/several',
    files: {
      'encoder.onnx': generatedContent({ sizeBytes: 2_000_000, seed: 'encoder' }),
      'decoder.onnx': generatedContent({ sizeBytes: 1_000_000, seed: 'decoder' }),
      'tokens.txt': 'hello 0\nworld 1\n',
    },
  },
  {
    name: 'org/big',
    files: { 'model.bin': generatedContent({ sizeBytes: 64_000_000, seed: 'big' }) },
  },
  {
    name: 'org/lies',
    files: { 'model.bin': generatedContent({ sizeBytes: 200_000, seed: 'lies' }) },
  },
  {
    name: 'org/gated',
    files: { 'model.bin': generatedContent({ sizeBytes: 100_000, seed: 'gated' }) },
    gated: 'auto',
  },
  {
    name: 'org/whisper',
    files: { 'ggml-tiny.en.bin': whisperGgml() },
    licence: 'mit',
  },
];

/** A model that the runtime really loads. */
export const whisperId = 'hf:org/whisper#ggml-tiny.en.bin';

/** A hub with those repositories; the extension is pointed at it through its own setting. */
export async function startConfiguredHub(): Promise<TestHub> {
  const hub = await startTestHub({
    repos,
    tokens: { hf_test_good: { name: 'tester', access: ['org/gated'] } },
  });
  await setEndpoint(hub.url);
  return hub;
}

/** Writes `asr.hub.endpoint` and waits until the extension host sees it. */
export async function setEndpoint(url: string | undefined): Promise<void> {
  await vscode.workspace
    .getConfiguration('asr')
    .update('hub.endpoint', url, vscode.ConfigurationTarget.Global);
}
