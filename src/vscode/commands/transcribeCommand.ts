import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { AsrError, causeText } from '../../common/asrError';
import { writeFileAtomically } from '../../common/atomicFile';
import { localized } from '../../common/localizedMessage';
import { lastName } from '../../common/paths';
import { recordingExtensions } from '../../common/recordingNames';
import type { ModelManager, RecordingResult, SpeechRequest } from '../../models';
import { activeModelId } from '../host/settings';
import { acknowledged, openManager, whileLooking } from '../ui/acknowledge';
import { languageNamer, localise } from '../ui/localise';
import { withNotification } from '../ui/work';
import type { CommandContext } from './commandContext';
import { loadModel } from './speechCommands';
import { languageName, speechRequest } from './speechQuestions';

type Speech = ModelManager['speech'];
type Transcription = Awaited<ReturnType<Speech['transcribe']>>;
type TranscriptFormat = Parameters<Speech['transcript']>[1];

/** Characters of the newest words that fit into a notification. */
const shownLength = 120;

/**
 * Transcribes recordings with the loaded model (loading the active one first): one opens as a document, of several each
 * gets a file of its own. Another extension may name the files (a `Uri`, or several) and the format; the explorer names
 * the file that was clicked and all that are selected, folders among them.
 */
export async function transcribeFile(
  context: CommandContext,
  argument: unknown,
  secondArgument?: unknown,
): Promise<void> {
  const files = filesOf(argument, secondArgument) ?? (await chooseRecordings());
  if (files === undefined) return;
  const { speech } = await openManager(context.manager);
  const recordings = await acknowledged(vscode.l10n.t('Looking for recordings…'), () =>
    speech.recordingsIn(files.map(pathOf)),
  );
  const [only] = recordings;
  if (only === undefined) {
    throw new AsrError(
      'notFound',
      localized('No recording was found there. Choose a file, or a folder with recordings.'),
    );
  }
  const format = formatOf(secondArgument) ?? (await chooseFormat(context));
  if (format === undefined || !(await haveModel(context))) return;
  const request = await speechRequest(context);
  if (request === undefined) return;
  if (recordings.length > 1) {
    await transcribeAll(context, recordings, format, request);
    return;
  }
  const track = await chooseTrack(speech, only);
  if (track !== undefined) await transcribeOne(speech, only, format, { ...request, ...track });
}

/**
 * The track to transcribe of a file with several, the file's default one first; undefined when the person closed the
 * question. A file that can't be read says so when it is transcribed.
 */
async function chooseTrack(
  speech: Speech,
  recording: string,
): Promise<Pick<SpeechRequest, 'track'> | undefined> {
  const tracks = await whileLooking(() =>
    speech.audioTracks(recording, new AbortController().signal).catch(() => []),
  );
  if (tracks.length < 2) return {};
  const nameOf = languageNamer();
  const rows = tracks.map(({ index, language, description, isDefault }) => ({
    label: vscode.l10n.t('Track {0}', index + 1),
    description: language === undefined ? '' : nameOf(language),
    detail: description,
    isDefault,
    track: index,
  }));
  const chosen = await vscode.window.showQuickPick(
    rows.sort((a, b) => Number(b.isDefault) - Number(a.isDefault)),
    { title: vscode.l10n.t('Audio track to transcribe'), matchOnDescription: true },
  );
  return chosen && { track: chosen.track };
}

/** The files that were passed; undefined: ask. */
function filesOf(argument: unknown, selection: unknown): readonly vscode.Uri[] | undefined {
  for (const list of [selection, argument, [argument]]) {
    if (!Array.isArray(list)) continue;
    const files = list.filter((each): each is vscode.Uri => each instanceof vscode.Uri);
    if (files.length > 0) return files;
  }
  return undefined;
}

function pathOf(file: vscode.Uri): string {
  if (file.scheme === 'file') return file.fsPath;
  throw new AsrError(
    'unsupported',
    localized(
      'Only files on the disk can be transcribed. Save {0} to a folder first.',
      lastName(file.path),
    ),
  );
}

async function transcribeOne(
  speech: Speech,
  recording: string,
  format: TranscriptFormat,
  request: SpeechRequest,
): Promise<void> {
  const name = path.basename(recording);
  const spoken = await languageName(speech, request);
  const title =
    spoken === undefined
      ? vscode.l10n.t('Transcribing {0}', name)
      : vscode.l10n.t('Transcribing {0} as {1}', name, spoken);
  const result = await withNotification(title, (report, signal) =>
    speech.transcribe(
      { path: recording },
      request,
      ({ segments, partialText, transcribedMs, totalMs = 0 }) => {
        const percent = totalMs === 0 ? 0 : (transcribedMs / totalMs) * 100;
        const message = newestWords(partialText === undefined ? segments : [{ text: partialText }]);
        report({ percent, ...(message === '' ? {} : { message }) });
      },
      signal,
    ),
  );
  for (const warning of result.warnings) {
    void vscode.window.showWarningMessage(localise(warning));
  }
  if (result.segments.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No speech was found in {0}.', name));
    return;
  }
  const document = await vscode.workspace.openTextDocument({
    content: speech.transcript(result, format),
    language: format === 'json' ? 'json' : 'plaintext',
  });
  await vscode.window.showTextDocument(document, { preview: false });
}

/** Under one notification for all; a cancel keeps the transcripts that are written. */
async function transcribeAll(
  context: CommandContext,
  recordings: readonly string[],
  format: TranscriptFormat,
  request: SpeechRequest,
): Promise<void> {
  const { speech } = await context.manager.get();
  const targets = await chooseTargets(speech, recordings, format);
  if (targets === undefined) return;
  const count = recordings.length;
  const title = vscode.l10n.t('Transcribing {0} recordings', count);
  const warnings: string[] = [];
  const results = await withNotification(title, (report, signal) =>
    speech.transcribeFiles(recordings, {
      request,
      signal,
      onProgress: ({ path: recording, done, fraction, segments }) => {
        const words = newestWords(segments);
        const which = vscode.l10n.t('{0} of {1}', done + 1, count);
        const message = [which, path.basename(recording), ...(words === '' ? [] : [words])];
        report({ percent: fraction * 100, message: message.join(' · ') });
      },
      keep: async (recording, transcription) => {
        const target = targets.get(recording);
        if (target === undefined) return;
        await writeFileAtomically(target, speech.transcript(transcription, format));
        warnings.push(...warningsOf(recording, transcription));
      },
    }),
  );
  await sayHowItEnded(context, { results, count, targets, warnings });
}

interface Ending {
  readonly results: readonly RecordingResult[];
  /** How many recordings there were, those that a cancel left out included. */
  readonly count: number;
  readonly targets: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

async function sayHowItEnded(
  { log }: CommandContext,
  { results, count, targets, warnings }: Ending,
): Promise<void> {
  const { l10n, window } = vscode;
  const written = results.filter(({ error }) => error === undefined);
  const failures = results.flatMap(({ path: recording, error }) =>
    error === undefined ? [] : [{ recording, error }],
  );
  for (const { recording, error } of failures) {
    log.error(`${path.basename(recording)}: ${error.code}: ${causeText(error)}`);
  }
  const reasons = failures.map(
    ({ recording, error }) => `${path.basename(recording)}: ${localise(error.localizedMessage)}`,
  );
  const text = [
    l10n.t('{0} of {1} recordings are transcribed.', written.length, count),
    ...(reasons.length === 0 ? [] : [l10n.t('Failed: {0}', reasons.join(' '))]),
    ...warnings,
  ].join(' ');
  const show =
    reasons.length + warnings.length > 0 ? 'showWarningMessage' : 'showInformationMessage';
  const open = l10n.t('Open a Transcript…');
  const chosen = await window[show](text, ...(written.length === 0 ? [] : [open]));
  if (chosen !== open) return;
  const rows = written.flatMap(({ path: recording }) => {
    const target = targets.get(recording);
    return target === undefined
      ? []
      : [{ label: path.basename(target), description: path.dirname(target), target }];
  });
  const row = rows.length === 1 ? rows[0] : await window.showQuickPick(rows, { title: open });
  if (row !== undefined) await window.showTextDocument(vscode.Uri.file(row.target));
}

function warningsOf(recording: string, { segments, warnings }: Transcription): readonly string[] {
  const name = path.basename(recording);
  if (segments.length === 0) return [vscode.l10n.t('No speech was found in {0}.', name)];
  return warnings.map((warning) => localise(warning));
}

/**
 * Asks where the transcripts go, and what to do about those that are there; by recording. Undefined when the person
 * closed a question.
 */
async function chooseTargets(
  speech: Speech,
  recordings: readonly string[],
  format: TranscriptFormat,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { l10n, window } = vscode;
  const title = l10n.t('Where to write the {0} transcripts', recordings.length);
  const beside = { label: l10n.t('Beside each recording') };
  const elsewhere = { label: l10n.t('Choose a folder…') };
  const place = await window.showQuickPick([beside, elsewhere], { title });
  if (place === undefined) return undefined;
  let folder: string | undefined;
  if (place === elsewhere) {
    const chosen = await window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      title,
      openLabel: l10n.t('Write Here'),
    });
    if (chosen?.[0] === undefined) return undefined;
    folder = pathOf(chosen[0]);
  }
  const targets = speech.transcriptPaths(recordings, format, folder);
  const present: string[] = [];
  for (const target of targets) if (await exists(target)) present.push(target);
  const keepBoth = l10n.t('Keep Both');
  const answer =
    present.length === 0
      ? undefined
      : await window.showWarningMessage(
          l10n.t('{0} transcripts exist already.', present.length),
          { modal: true, detail: present.map((target) => path.basename(target)).join('\n') },
          l10n.t('Replace'),
          keepBoth,
        );
  if (present.length > 0 && answer === undefined) return undefined;
  const taken = new Set(targets);
  const final = new Map<string, string>();
  for (const [index, recording] of recordings.entries()) {
    const target = targets[index];
    if (target === undefined) continue;
    const free = answer === keepBoth ? await freePath(target, taken) : target;
    final.set(recording, free);
  }
  return final;
}

/** The path itself, or with the first number that no file has and no other transcript gets. */
async function freePath(target: string, taken: Set<string>): Promise<string> {
  const { dir, name, ext } = path.parse(target);
  let candidate = target;
  for (
    let number = 2;
    (await exists(candidate)) || (candidate !== target && taken.has(candidate));
    number += 1
  ) {
    candidate = path.join(dir, `${name} ${String(number)}${ext}`);
  }
  taken.add(candidate);
  return candidate;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function newestWords(segments: readonly { readonly text: string }[]): string {
  const text = segments.map((segment) => segment.text.trim()).join(' ');
  return text.length > shownLength ? `…${text.slice(-shownLength)}` : text;
}

/** Whether a model is loaded now: the one that was, the active one while it is here, or one that the person chooses. */
async function haveModel(context: CommandContext): Promise<boolean> {
  const manager = await openManager(context.manager);
  if (manager.speech.loaded !== undefined) return true;
  const active = activeModelId();
  const models = await whileLooking(() => manager.downloadedModels());
  const isHere = models.some(({ modelId }) => modelId === active);
  return await loadModel(context, isHere ? active : undefined);
}

/** Asks for recordings; undefined when the dialog was closed. */
async function chooseRecordings(): Promise<readonly vscode.Uri[] | undefined> {
  return await vscode.window.showOpenDialog({
    canSelectMany: true,
    title: vscode.l10n.t('Choose an audio file'),
    openLabel: vscode.l10n.t('Transcribe'),
    filters: {
      [vscode.l10n.t('Audio and video')]: [...recordingExtensions],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
}

/** Asks how the transcript is to be written; undefined when the list was closed. */
async function chooseFormat({ prompt }: CommandContext): Promise<TranscriptFormat | undefined> {
  const { l10n, window } = vscode;
  for (;;) {
    const words = {
      label: l10n.t('$(edit) Names and words to expect…'),
      description: prompt.text,
    };
    const chosen = await window.showQuickPick([...formatRows(), words], {
      title: l10n.t('Write the transcript as'),
    });
    if (chosen === undefined || 'format' in chosen) return chosen?.format;
    const text = await window.showInputBox({
      title: l10n.t('Names and words to expect'),
      prompt: l10n.t(
        'Kept for this workspace, and used by Whisper, Parakeet and Zipformer models. Example: Kubernetes, Grafana, Dr. Nguyen',
      ),
      value: prompt.text,
    });
    if (text !== undefined) await prompt.set(text);
  }
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
