import { stat } from 'node:fs/promises';
import path from 'node:path';
import { abortable } from '../common/abortable';
import type { JsonObject } from '../common/json';
import type { LocalizedMessage } from '../common/localizedMessage';
import { isRecordingName } from '../common/recordingNames';
import { defined } from '../protocol/defined';
import { isFinal } from '../protocol/downloadProgress';
import { progressMessage } from '../protocol/progressMessage';
import { repositoryFacts } from '../protocol/repositoryFacts';
import type { ModelDownload, ModelManager } from '../models';
import { HttpError } from './httpError';
import { filteredModels } from './modelView';
import type { ServedModels } from './serverOptions';
import type { Transcriber } from './transcriber';
import type { TranscriptionQueue } from './transcriptionQueue';
import { readArguments, type ToolSchema } from './toolSchema';

/** How far a tool's work is. `total` is absent while unknown. */
export interface ToolProgress {
  readonly progress: number;
  readonly total?: number;
  readonly message: string;
}

/** The context of a call. */
interface ToolCall {
  readonly signal: AbortSignal;
  /** Present when the caller wants to know how far the work is. */
  readonly onProgress?: (progress: ToolProgress) => void;
}

/** Something that an agent can do. */
export interface AgentTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: ToolSchema;
  /** It changes nothing. */
  readonly isReadOnly: boolean;
  /** Rejects with `unsupported` on wrong arguments, and as the work does. The result is a plain JSON value. */
  run(args: unknown, call: ToolCall): Promise<JsonObject>;
}

/** The dependencies of the tools. */
interface AgentToolsOptions {
  readonly models: Pick<ServedModels, 'get'>;
  readonly transcriber: Transcriber;
  readonly queue: TranscriptionQueue;
  readonly localise: (text: LocalizedMessage) => string;
}

/** More models than this fill an agent's context and help no choice. */
const defaultLimit = 20;
const mostModels = 100;

const modelId = {
  type: 'string',
  description:
    'A model id from list_models or search_models, or hf:organisation/name for any repository of the Hugging Face Hub.',
} as const;
const limit = {
  type: 'integer',
  description: `How many at most (${String(defaultLimit)} if absent).`,
  minimum: 1,
  maximum: mostModels,
} as const;

/** The tools for agents: through `/mcp`, and as the editor's own. */
export function agentTools({
  models,
  transcriber,
  queue,
  localise,
}: AgentToolsOptions): readonly AgentTool[] {
  return [
    {
      name: 'list_models',
      title: 'List speech models',
      description:
        'Lists speech recognition models: those on this computer, or with "downloaded": false also those on offer. Each has its id, size in bytes, licence, languages and whether it can be loaded here.',
      isReadOnly: true,
      inputSchema: {
        type: 'object',
        properties: {
          downloaded: {
            type: 'boolean',
            description: 'Only what is on this computer (true if absent).',
          },
          language: { type: 'string', description: 'Only what speaks it; a code such as "de".' },
          loadable: { type: 'boolean', description: 'Only what can be loaded on this computer.' },
          limit,
        },
      },
      async run(args) {
        const { text, flag, count } = readArguments(this.inputSchema, args);
        const filter = {
          ...(flag('downloaded') === false ? {} : { downloaded: true }),
          ...defined({ language: text('language'), loadable: flag('loadable') }),
        };
        const found = await filteredModels(await models.get(), filter, localise);
        return { models: found.slice(0, count('limit') ?? defaultLimit), total: found.length };
      },
    },
    {
      name: 'search_models',
      title: 'Search speech models',
      description:
        'Searches the models on offer by name, family, format or language in words; best first. With "hub": true searches the Hugging Face Hub beyond the catalog as well.',
      isReadOnly: true,
      inputSchema: {
        type: 'object',
        properties: {
          query: { type: 'string', description: 'What to search for.' },
          hub: { type: 'boolean', description: 'Also ask the Hub (a network request).' },
          limit,
        },
        required: ['query'],
      },
      async run(args, { signal }) {
        const { text, flag, count } = readArguments(this.inputSchema, args);
        const query = text('query') ?? '';
        const manager = await models.get();
        const most = count('limit') ?? defaultLimit;
        const found = await filteredModels(manager, { query }, localise);
        const onOffer = { models: found.slice(0, most), total: found.length };
        if (flag('hub') !== true) return onOffer;
        const page = await manager.advice.searchHub({ text: query }, undefined, signal);
        return { ...onOffer, hub: page.found.slice(0, most).map(repositoryFacts) };
      },
    },
    {
      name: 'download_model',
      title: 'Download a speech model',
      description:
        'Downloads a model and verifies it. Waits for the end when "wait" is true or progress is asked for; else answers at once, and download_status tells how far it is.',
      isReadOnly: false,
      inputSchema: {
        type: 'object',
        properties: {
          model: modelId,
          wait: { type: 'boolean', description: 'Answer only when it is downloaded.' },
        },
        required: ['model'],
      },
      async run(args, call) {
        const { text, flag } = readArguments(this.inputSchema, args);
        const manager = await models.get();
        const download = await manager.download(text('model') ?? '');
        const isAwaited = flag('wait') ?? call.onProgress !== undefined;
        if (!isAwaited) {
          download.finished.catch(() => undefined);
          return { download: manager.record(download) };
        }
        return { downloaded: await awaited(manager, download, call) };
      },
    },
    {
      name: 'download_status',
      title: 'Status of downloads',
      description: 'Tells how far each running, waiting, paused or failed download is.',
      isReadOnly: true,
      inputSchema: { type: 'object', properties: {} },
      async run(args) {
        readArguments(this.inputSchema, args);
        const manager = await models.get();
        return { downloads: manager.downloads().map((each) => manager.record(each)) };
      },
    },
    {
      name: 'cancel_download',
      title: 'Cancel a download',
      description:
        'Cancels a download and removes what it has fetched so far. Without "model": the one that runs now.',
      isReadOnly: false,
      inputSchema: { type: 'object', properties: { model: modelId } },
      async run(args) {
        const { text } = readArguments(this.inputSchema, args);
        const manager = await models.get();
        const named = text('model');
        const download = named === undefined ? manager.activeDownload : manager.findDownload(named);
        await download?.cancel();
        return { cancelled: download !== undefined };
      },
    },
    {
      name: 'transcribe_file',
      title: 'Transcribe a recording',
      description:
        'Transcribes an audio or video file of this computer with a downloaded model and gives its text and subtitles with times in milliseconds.',
      isReadOnly: true,
      inputSchema: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'The absolute path of the recording.' },
          model: { ...modelId, description: `${modelId.description} Absent: the loaded one.` },
          language: {
            type: 'string',
            description: 'The spoken language, a code such as "de"; absent: detected.',
          },
          translate: { type: 'boolean', description: 'Give the text in English.' },
          prompt: { type: 'string', description: 'Names and words that are likely to be said.' },
        },
        required: ['path'],
      },
      async run(args, { signal, onProgress }) {
        const { text, flag } = readArguments(this.inputSchema, args);
        const recording = await checkedRecording(text('path') ?? '');
        const model = text('model');
        const place = queue.enter();
        try {
          await transcriber.checkModel(model);
          const task = flag('translate') === true ? 'translate' : 'transcribe';
          const request = {
            task,
            ...defined({ language: text('language'), prompt: text('prompt') }),
          } as const;
          const order = { path: recording, request, ...defined({ model }) };
          let count = 0;
          const result = await place.run(
            () =>
              transcriber.transcribe(
                order,
                (segments) => {
                  count += segments.length;
                  const newest = segments.at(-1)?.text ?? '';
                  if (newest !== '') onProgress?.({ progress: count, message: newest.trim() });
                },
                signal,
              ),
            signal,
          );
          return {
            text: result.text.trim(),
            segments: result.segments,
            durationMs: result.audioMs,
            warnings: result.warnings.map((warning) => localise(warning)),
            ...defined({ language: result.language }),
          };
        } finally {
          place.leave();
        }
      },
    },
  ];
}

/** Follows a download to its end; a caller that goes does not stop it. */
async function awaited(
  manager: ModelManager,
  download: ModelDownload,
  { signal, onProgress }: ToolCall,
): Promise<unknown> {
  const report = (): void => {
    const record = manager.record(download);
    if (isFinal(record.status)) return;
    const { downloaded, total } = progressMessage(record);
    onProgress?.({
      progress: downloaded,
      message: `${record.modelName}: ${record.status}`,
      ...defined({ total }),
    });
  };
  report();
  const subscription = download.onDidChange(report);
  try {
    return await abortable(download.finished, signal);
  } finally {
    subscription.dispose();
  }
}

/**
 * A recording that may be read: a plain file with the ending of one. An agent gets nothing but its text, and nothing of a
 * file that is none: no error tells what is in it.
 */
async function checkedRecording(file: string): Promise<string> {
  if (!path.isAbsolute(file) || /^(?:\\\\|\/\/)/.test(file)) {
    throw new HttpError(
      400,
      'unsupported',
      '"path" is the absolute path of a file on this computer.',
    );
  }
  const isFile = await stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (isFile && isRecordingName(file)) return file;
  throw new HttpError(404, 'notFound', 'There is no recording with this path.');
}
