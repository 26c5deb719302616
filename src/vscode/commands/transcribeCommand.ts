import path from 'node:path';
import * as vscode from 'vscode';
import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import { openManager, whileLooking } from '../ui/acknowledge';
import type { ModelManager } from '../../models';
import type { CommandContext } from './commandContext';
import { load, loadModel } from './speechCommands';
import {
  chooseAudio,
  chooseFormat,
  chooseLanguage,
  formatOf,
  type TranscriptFormat,
} from './transcriptChoices';

/** So much of the newest words fits into a notification. */
const shownLength = 120;

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

/** What the loaded model has to be told; undefined when the person closed the question. */
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
  return await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Transcribing {0}', path.basename(filePath)),
      cancellable: true,
    },
    (progress, cancellation) => {
      const abort = new AbortController();
      cancellation.onCancellationRequested(() => abort.abort());
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
          progress.report({ increment, ...(shown === '' ? {} : { message: shown }) });
        },
        abort.signal,
      );
    },
  );
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
  const active = vscode.workspace.getConfiguration('asr').get<unknown>('model');
  const models = await whileLooking(() => manager.downloadedModels());
  const isHere = models.some(({ modelId }) => modelId === active);
  if (isHere && typeof active === 'string') return await load(context, active);
  return await loadModel(context, undefined);
}
