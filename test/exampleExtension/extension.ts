import * as vscode from 'vscode';
import type { AsrModelApi, AsrModelError } from '../../asr-model-api';

/*
 * An extension that uses the API of ASR Model Manager, by its published types alone. docs/api.md shows its functions, and
 * the integration tests run its commands.
 */

async function speechModels(): Promise<AsrModelApi> {
  const extension = vscode.extensions.getExtension<AsrModelApi>('asr-tools.asr-model-manager');
  if (extension === undefined) throw new Error('Install the extension ASR Model Manager first.');
  return await extension.activate();
}

async function namesOfModels(): Promise<string[]> {
  const api = await speechModels();
  const models = await api.getDownloadedModels();
  return models.map(({ name, path }) => `${name}: ${path}`);
}

async function download(modelId: string): Promise<string> {
  const api = await speechModels();
  const following = api.onDidChangeDownload(({ modelName, downloadedBytes, totalBytes = 0 }) => {
    const percent = totalBytes === 0 ? 0 : Math.floor((downloadedBytes / totalBytes) * 100);
    vscode.window.setStatusBarMessage(`${modelName}: ${percent} %`, 2000);
  });
  try {
    const { path } = await api.downloadModel(modelId);
    return path;
  } finally {
    following.dispose();
  }
}

async function subtitles(recording: string, model: string): Promise<string[]> {
  const api = await speechModels();
  try {
    // Downloads and loads the model when it must.
    const { segments, warnings } = await api.transcribe(recording, { model });
    for (const warning of warnings) void vscode.window.showWarningMessage(warning);
    return segments.map(({ startMs, text }) => `${(startMs / 1000).toFixed(1)} s  ${text}`);
  } catch (error) {
    if (!isModelError(error)) throw error;
    // Without a code it was cancelled, which needs no message.
    return error.errorCode === undefined ? [] : [`${error.errorCode}: ${error.message}`];
  }
}

function isModelError(error: unknown): error is AsrModelError {
  return error instanceof Error && error.name === 'AsrModelError';
}

async function search(text: string): Promise<string[]> {
  const api = await speechModels();
  const models = await api.searchHub(text, { limit: 10 });
  return models.map(({ id, format, licence }) => `${id} (${format}, ${licence.id})`);
}

async function remove(modelId: string): Promise<number> {
  const api = await speechModels();
  const { reclaimedBytes } = await api.deleteModel(modelId);
  return reclaimedBytes;
}

export function activate(context: vscode.ExtensionContext): void {
  const { registerCommand } = vscode.commands;
  context.subscriptions.push(
    registerCommand('asrExample.models', namesOfModels),
    registerCommand('asrExample.download', download),
    registerCommand('asrExample.subtitles', subtitles),
    registerCommand('asrExample.search', search),
    registerCommand('asrExample.remove', remove),
  );
}
