import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AsrError } from '../../common/asrError';
import { writeFileAtomically } from '../../common/atomicFile';
import { localized } from '../../common/localizedMessage';
import { redact } from '../../common/redact';
import type { ModelManager, SpeechRequest } from '../../models';
import { defined } from '../../protocol/defined';
import { pathOf, reportError, type CommandContext, type ExitCode } from '../commandContext';
import { UsageError } from '../commandLine';
import { inWordsOfHere } from '../wording';

const formats = ['text', 'srt', 'vtt', 'json'] as const;
type Format = (typeof formats)[number];
/** Shares of the work that are reported where lines can't be overwritten. */
const toldSteps = 4;
type Transcription = Awaited<ReturnType<ModelManager['speech']['transcribe']>>;

/** Turns recordings into text, one after the other; one that fails does not stop the others. */
export async function transcribe(context: CommandContext): Promise<ExitCode> {
  const { args, options, output, signal } = context;
  const format = options.choice('format', formats) ?? 'text';
  const manager = await context.core();
  const { speech } = manager;
  const paths = args.map((each) => pathOf(context, each));
  const recordings = await speech.recordingsIn(paths);
  if (recordings.length === 0) {
    throw new AsrError(
      'notFound',
      localized('No recording was found there. Choose a file, or a folder with recordings.'),
    );
  }
  const targets = await targetsOf(context, manager, recordings, format);
  await load(context, manager);
  const results = await speech.transcribeFiles(recordings, {
    request: requestOf(context),
    signal,
    onProgress: ({ path: recording, done, count, fraction }) => {
      const which = count === 1 ? '' : `${done + 1} of ${count} · `;
      const percent = `${Math.floor(fraction * 100)} %`;
      const step = `${recording} ${Math.floor(fraction * toldSteps)}`;
      output.phase(`Transcribing ${path.basename(recording)}  ${which}${percent}`, step);
      output.data({ type: 'transcribe_progress', path: recording, done, count, fraction });
    },
    keep: async (recording, transcription) => {
      output.endProgress();
      await keep(context, manager, { recording, transcription, format, targets });
    },
  });
  output.endProgress();
  // The same Ctrl-C ends the runtime's process: what it then says of a recording is no failure.
  signal.throwIfAborted();
  for (const { path: recording, error } of results) {
    if (error !== undefined) reportError(output, error, path.basename(recording));
  }
  const failed = results.some(({ error }) => error !== undefined);
  return failed || results.length < recordings.length ? 1 : 0;
}

function requestOf({ options }: CommandContext): SpeechRequest {
  return {
    ...defined({ language: options.text('language'), prompt: options.text('prompt') }),
    ...(options.has('translate') ? { task: 'translate' } : {}),
  };
}

/** Loads the model, downloading it first when it must, with the lines of both on the terminal. */
async function load(
  { options, output, signal }: CommandContext,
  manager: ModelManager,
): Promise<void> {
  const modelId = options.text('model') ?? (await onlyModel(manager));
  const follow = manager.onDidChangeDownload((record) => {
    if (record.modelId === modelId) output.download(record);
  });
  try {
    await manager.speech.load(
      modelId,
      (phase) => {
        if (phase !== 'downloading') output.phase(`Loading ${modelId}…`);
      },
      signal,
      (name) => {
        output.note(`${name} may not fit into the memory that is free now.`);
        return Promise.resolve(true);
      },
    );
  } finally {
    follow.dispose();
    output.endProgress();
  }
}

/** The one model that is here and can be loaded. */
async function onlyModel(manager: ModelManager): Promise<string> {
  await manager.advice.ready();
  const loadable = (await manager.models()).filter(
    ({ model, state }) =>
      state === 'downloaded' &&
      manager.speech.refusal(model) === undefined &&
      model.tasks?.includes('voice-activity-detection') !== true,
  );
  // A model that was downloaded by its repository can be one of the catalog as well: the same files under two ids.
  const [first, ...others] = loadable.filter(
    ({ downloaded }, at) =>
      loadable.findIndex((other) => other.downloaded?.path === downloaded?.path) === at,
  );
  if (first === undefined) {
    throw new UsageError(
      'No downloaded model can be loaded here. Name one with --model; “asr-models list --loadable” shows them.',
    );
  }
  if (others.length === 0) return first.model.id;
  const ids = loadable.map(({ model }) => `  ${model.id}`).join('\n');
  throw new UsageError(`Several models are downloaded. Choose one with --model:\n${ids}`);
}

/** Where each transcript goes; empty: to the standard output. */
async function targetsOf(
  context: CommandContext,
  { speech }: ModelManager,
  recordings: readonly string[],
  format: Format,
): Promise<ReadonlyMap<string, string>> {
  const output = context.options.text('output');
  if (output === undefined) {
    if (recordings.length > 1 && (format === 'srt' || format === 'vtt')) {
      throw new UsageError('Subtitles of several recordings need --output FOLDER.', 'transcribe');
    }
    return new Map();
  }
  const place = pathOf(context, output);
  const isFolder = await stat(place).then(
    (entry) => entry.isDirectory(),
    () => /[\\/]$/.test(output),
  );
  const [only] = recordings;
  if (recordings.length === 1 && only !== undefined && !isFolder) return new Map([[only, place]]);
  await mkdir(place, { recursive: true });
  const paths = speech.transcriptPaths(recordings, format, place);
  return new Map(recordings.map((recording, index) => [recording, paths[index] ?? place]));
}

async function keep(
  { output }: CommandContext,
  { speech }: ModelManager,
  made: {
    readonly recording: string;
    readonly transcription: Transcription;
    readonly format: Format;
    readonly targets: ReadonlyMap<string, string>;
  },
): Promise<void> {
  const { recording, transcription, format, targets } = made;
  const name = path.basename(recording);
  const { language, segments, warnings } = transcription;
  const sentences = warnings.map((warning) => redact(inWordsOfHere(warning)));
  const text = speech.transcript(transcription, format);
  const target = targets.get(recording);
  if (target !== undefined) await writeFileAtomically(target, text);
  for (const sentence of sentences) output.error(`${name}: ${sentence}`);
  if (segments.length === 0) output.error(`${name}: No speech was found.`);
  output.data({
    type: 'transcript',
    path: recording,
    ...defined({ language, output: target }),
    text: transcription.text.trim(),
    segments,
    warnings: sentences,
  });
  if (output.isJson) return;
  if (target !== undefined) output.result(target);
  else output.raw(text);
}
