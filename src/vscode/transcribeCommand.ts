import path from 'node:path';
import * as vscode from 'vscode';
import type { CommandContext } from './commandContext';
import { load, loadModel } from './speechCommands';

type Format = 'text' | 'srt' | 'vtt' | 'json';

/** Transcribes an audio file with the loaded model (loading the active one first) and opens the result. */
export async function transcribeFile(context: CommandContext, argument: unknown): Promise<void> {
  const file = argument instanceof vscode.Uri ? argument : await chooseAudio();
  if (file === undefined) return;
  if (!(await haveModel(context))) return;
  const format = await chooseFormat();
  if (format === undefined) return;
  const { speech } = await context.manager.get();
  const result = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Transcribing {0}', path.basename(file.fsPath)),
      cancellable: true,
    },
    (progress, cancellation) => {
      const abort = new AbortController();
      cancellation.onCancellationRequested(() => {
        abort.abort();
      });
      let reportedPercent = 0;
      return speech.transcribe(
        { path: file.fsPath },
        {},
        ({ segments, heardMs, totalMs }) => {
          const percent = totalMs === undefined || totalMs === 0 ? 0 : (heardMs / totalMs) * 100;
          const increment = Math.max(0, percent - reportedPercent);
          reportedPercent += increment;
          const text = segments.map((segment) => segment.text.trim()).join(' ');
          progress.report({ increment, ...(text === '' ? {} : { message: text }) });
        },
        abort.signal,
      );
    },
  );
  const document = await vscode.workspace.openTextDocument({
    content: speech.transcript(result, format),
    language: format === 'json' ? 'json' : 'plaintext',
  });
  await vscode.window.showTextDocument(document, { preview: false });
}

/** Whether a model is loaded now: the one that was, the active one, or one that the person chooses. */
async function haveModel(context: CommandContext): Promise<boolean> {
  const isLoaded = async (): Promise<boolean> =>
    (await context.manager.get()).speech.loaded !== undefined;
  if (await isLoaded()) return true;
  const active = vscode.workspace.getConfiguration('asr').get<unknown>('model');
  if (typeof active === 'string' && active !== '') await load(context.manager, active);
  else await loadModel(context, undefined);
  return await isLoaded();
}

async function chooseAudio(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: false,
    title: vscode.l10n.t('Choose an audio file'),
    openLabel: vscode.l10n.t('Transcribe'),
    filters: {
      [vscode.l10n.t('Audio')]: [
        'wav',
        'mp3',
        'm4a',
        'flac',
        'ogg',
        'opus',
        'aac',
        'wma',
        'webm',
        'mp4',
      ],
    },
  });
  return chosen?.[0];
}

async function chooseFormat(): Promise<Format | undefined> {
  const rows: (vscode.QuickPickItem & { readonly format: Format })[] = [
    { label: vscode.l10n.t('Text'), format: 'text' },
    { label: vscode.l10n.t('Subtitles (SRT)'), format: 'srt' },
    { label: vscode.l10n.t('Subtitles (WebVTT)'), format: 'vtt' },
    { label: vscode.l10n.t('JSON with timestamps'), format: 'json' },
  ];
  const chosen = await vscode.window.showQuickPick(rows, {
    title: vscode.l10n.t('Write the transcript as'),
  });
  return chosen?.format;
}
