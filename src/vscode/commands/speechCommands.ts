import path from 'node:path';
import * as vscode from 'vscode';
import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import type { ModelManager } from '../../models';
import { activeModelId } from '../host/settings';
import { recordingLanguages } from '../picker/languageRows';
import { chooseLoadable } from '../picker/modelPicker';
import { openManager, whileLooking } from '../ui/acknowledge';
import { languageNamer } from '../ui/localise';
import { actions } from './actions';
import { modelIdOf, type CommandContext } from './commandContext';
import { Palette, paletteContext, withNotification } from './palette';

/** Characters of the newest words that fit into a notification. */
const shownLength = 120;

/**
 * Loads a model, which becomes the active one; downloads it first if necessary. Resolves with whether it is loaded.
 */
export async function loadModel(context: CommandContext, argument: unknown): Promise<boolean> {
  const modelId = modelIdOf(argument) ?? (await chooseLoadable(context));
  return modelId !== undefined && (await load(context, modelId));
}

export async function unloadModel(context: CommandContext): Promise<void> {
  await actions.none.unload(await paletteContext(context));
}

async function load(context: CommandContext, modelId: string): Promise<boolean> {
  return await new Palette(context).load(await openManager(context.manager), modelId);
}

/**
 * Transcribes an audio file with the loaded model (loading the active one first) and opens the result. Another
 * extension may name the file and the format; the explorer names the file.
 */
export async function transcribeFile(
  context: CommandContext,
  argument: unknown,
  secondArgument?: unknown,
): Promise<void> {
  const file = argument instanceof vscode.Uri ? argument : await chooseAudio();
  if (file === undefined) return;
  if (file.scheme !== 'file') {
    throw new AsrError(
      'unsupported',
      localized(
        'Only files on the disk can be transcribed. Save {0} to a folder first.',
        path.posix.basename(file.path),
      ),
    );
  }
  const format = formatOf(secondArgument) ?? (await chooseFormat());
  if (format === undefined || !(await haveModel(context))) return;
  const manager = await context.manager.get();
  const { speech } = manager;
  const options = await speechOptions(manager);
  if (options === undefined) return;
  const result = await withPartialText(speech, file.fsPath, options);
  await show(file.fsPath, result, speech.transcript(result, format), format);
}

type Speech = ModelManager['speech'];
type SpeechOptions = Parameters<Speech['transcribe']>[1];
type Transcription = Awaited<ReturnType<Speech['transcribe']>>;

/** The options that the loaded model needs; undefined when the person closed the question. */
async function speechOptions(manager: ModelManager): Promise<SpeechOptions | undefined> {
  const { loaded } = manager.speech;
  if (loaded?.asksForLanguage !== true) return {};
  const { languages } = await manager.findAny(loaded.modelId);
  const language = await chooseLanguage(languages);
  return language === undefined ? undefined : { language };
}

/** Transcribes under a notification that counts and shows the newest words, and can be cancelled. */
async function withPartialText(
  speech: Speech,
  filePath: string,
  options: SpeechOptions,
): Promise<Transcription> {
  const title = vscode.l10n.t('Transcribing {0}', path.basename(filePath));
  return await withNotification(title, (report, signal) => {
    let reportedPercent = 0;
    return speech.transcribe(
      { path: filePath },
      options,
      ({ segments, transcribedMs, totalMs }) => {
        const percent =
          totalMs === undefined || totalMs === 0 ? 0 : (transcribedMs / totalMs) * 100;
        const increment = Math.max(0, percent - reportedPercent);
        reportedPercent += increment;
        const text = segments.map((segment) => segment.text.trim()).join(' ');
        const shown = text.length > shownLength ? `…${text.slice(-shownLength)}` : text;
        report({ increment, ...(shown === '' ? {} : { message: shown }) });
      },
      signal,
    );
  });
}

async function show(
  filePath: string,
  { segments, truncated }: Transcription,
  content: string,
  format: TranscriptFormat,
): Promise<void> {
  const name = path.basename(filePath);
  if (truncated) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('{0} ends before its header says. What was there is transcribed.', name),
    );
  }
  if (segments.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No speech was found in {0}.', name));
    return;
  }
  const document = await vscode.workspace.openTextDocument({
    content,
    language: format === 'json' ? 'json' : 'plaintext',
  });
  await vscode.window.showTextDocument(document, { preview: false });
}

/** Whether a model is loaded now: the one that was, the active one while it is here, or one that the person chooses. */
async function haveModel(context: CommandContext): Promise<boolean> {
  const manager = await openManager(context.manager);
  if (manager.speech.loaded !== undefined) return true;
  const active = activeModelId();
  const models = await whileLooking(() => manager.downloadedModels());
  const isHere = models.some(({ modelId }) => modelId === active);
  return isHere ? await load(context, active) : await loadModel(context, undefined);
}

type TranscriptFormat = Parameters<ModelManager['speech']['transcript']>[1];

/** What `ffmpeg` commonly reads; WAV needs no other program. The explorer's menu (package.json) lists the same. */
const audioExtensions = ['wav', 'mp3', 'm4a', 'flac', 'ogg', 'opus', 'aac', 'wma', 'webm', 'mp4'];

/** Asks for an audio file; undefined when the dialog was closed. */
async function chooseAudio(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: false,
    title: vscode.l10n.t('Choose an audio file'),
    openLabel: vscode.l10n.t('Transcribe'),
    filters: { [vscode.l10n.t('Audio')]: audioExtensions },
  });
  return chosen?.[0];
}

/** Asks how the transcript is to be written; undefined when the list was closed. */
async function chooseFormat(): Promise<TranscriptFormat | undefined> {
  const chosen = await vscode.window.showQuickPick(formatRows(), {
    title: vscode.l10n.t('Write the transcript as'),
  });
  return chosen?.format;
}

/** Asks for the language, for a model that can't recognise it; undefined when the list was closed. */
async function chooseLanguage(languages: readonly string[]): Promise<string | undefined> {
  const { language: locale } = vscode.env;
  const chosen = await vscode.window.showQuickPick(
    recordingLanguages(languages, locale, languageNamer()),
    {
      title: vscode.l10n.t('Language that is spoken'),
      matchOnDescription: true,
    },
  );
  return chosen?.language;
}

/** A format that another extension passes. */
function formatOf(value: unknown): TranscriptFormat | undefined {
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
