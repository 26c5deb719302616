import * as vscode from 'vscode';
import type { ModelManager } from '../../models';
import { languageNames } from '../picker/languageNames';
import { recordingLanguages } from './recordingLanguages';

export type TranscriptFormat = Parameters<ModelManager['speech']['transcript']>[1];

/** What `ffmpeg` commonly reads; WAV needs no other program. The explorer's menu (package.json) lists the same. */
const audioExtensions = ['wav', 'mp3', 'm4a', 'flac', 'ogg', 'opus', 'aac', 'wma', 'webm', 'mp4'];

/** Asks for an audio file; undefined when the dialog was closed. */
export async function chooseAudio(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: false,
    title: vscode.l10n.t('Choose an audio file'),
    openLabel: vscode.l10n.t('Transcribe'),
    filters: { [vscode.l10n.t('Audio')]: audioExtensions },
  });
  return chosen?.[0];
}

/** Asks how the transcript is to be written; undefined when the list was closed. */
export async function chooseFormat(): Promise<TranscriptFormat | undefined> {
  const chosen = await vscode.window.showQuickPick(formatRows(), {
    title: vscode.l10n.t('Write the transcript as'),
  });
  return chosen?.format;
}

/** Asks which language is spoken, of a model that can't tell by itself; undefined when the list was closed. */
export async function chooseLanguage(languages: readonly string[]): Promise<string | undefined> {
  const { language: locale } = vscode.env;
  const nameOf = languageNames(locale, vscode.l10n.t);
  const chosen = await vscode.window.showQuickPick(recordingLanguages(languages, locale, nameOf), {
    title: vscode.l10n.t('Language that is spoken'),
    matchOnDescription: true,
  });
  return chosen?.language;
}

/** A format that another extension named. */
export function formatOf(value: unknown): TranscriptFormat | undefined {
  return formatRows().find(({ format }) => format === value)?.format;
}

function formatRows(): readonly (vscode.QuickPickItem & { readonly format: TranscriptFormat })[] {
  return [
    { label: vscode.l10n.t('Text'), format: 'text' },
    { label: vscode.l10n.t('Subtitles (SRT)'), format: 'srt' },
    { label: vscode.l10n.t('Subtitles (WebVTT)'), format: 'vtt' },
    { label: vscode.l10n.t('JSON with timestamps'), format: 'json' },
  ];
}
