import type { Clock } from '../common/clock';
import type { LocalizedMessage } from '../common/localizedMessage';
import { defined } from '../protocol/defined';
import { openStream } from './eventSockets';
import type { Exchange } from './exchange';
import { errorAnswer, HttpError } from './httpError';
import {
  Deltas,
  isResponseFormat,
  type ResponseFormat,
  responseFormats,
  verboseJson,
} from './openAiFormats';
import type { Routes } from './router';
import type { ServedModels, ServerLimits } from './serverOptions';
import type { Segment, Transcriber, Transcription, TranscriptionOrder } from './transcriber';
import type { TranscriptionQueue } from './transcriptionQueue';
import type { UploadedForm, Uploads } from './uploads';

/** A stream without a word for so long gets a comment, so that no client takes it for dead. */
const keepAliveMs = 10_000;

/** The dependencies of the routes below `/v1`. */
interface OpenAiRoutesOptions {
  readonly models: ServedModels;
  readonly transcriber: Transcriber;
  readonly queue: TranscriptionQueue;
  readonly uploads: Uploads;
  readonly limits: ServerLimits;
  readonly localise: (text: LocalizedMessage) => string;
  readonly clock: Clock;
}

/** The request in a form. */
interface Wanted {
  readonly order: TranscriptionOrder;
  readonly format: ResponseFormat;
  readonly isStreamed: boolean;
}

/** The routes of OpenAI's shape, so that its clients work with another base URL. */
export function openAiRoutes(options: OpenAiRoutesOptions): Routes {
  const { models } = options;
  const list = async (): Promise<readonly object[]> => {
    const manager = await models.get();
    const usable = (await manager.models()).filter(
      ({ model, state }) =>
        state === 'downloaded' &&
        manager.speech.refusal(model) === undefined &&
        isForRecordings(model.tasks ?? []),
    );
    return usable.map(({ model, modifiedMs = 0 }) => ({
      id: model.id,
      object: 'model',
      created: Math.round(modifiedMs / 1000),
      owned_by: model.source.repo.split('/', 1)[0] ?? '',
    }));
  };
  return {
    'GET /v1/models': async (exchange) => {
      exchange.json({ object: 'list', data: await list() });
    },
    'GET /v1/models/{id}': async (exchange, id) => {
      const found = (await list()).find((model) => 'id' in model && model.id === id);
      if (found === undefined) throw new HttpError(404, 'notFound', `${id} is not downloaded.`);
      exchange.json(found);
    },
    'POST /v1/audio/transcriptions': (exchange) => transcribe(exchange, 'transcribe', options),
    'POST /v1/audio/translations': (exchange) => transcribe(exchange, 'translate', options),
  };
}

/** The transcription of one request, which gives its segments as they come. */
type Work = (onSegments: (segments: readonly Segment[]) => void) => Promise<Transcription>;

/** A voice detector is no model for recordings; of many models the tasks are not known. */
function isForRecordings(tasks: readonly string[]): boolean {
  return tasks.length === 0 || tasks.includes('transcribe');
}

async function transcribe(
  exchange: Exchange,
  task: 'transcribe' | 'translate',
  options: OpenAiRoutesOptions,
): Promise<void> {
  const { queue, uploads, limits, transcriber } = options;
  const place = queue.enter();
  try {
    const form = await uploads.receive(exchange, limits.uploadBytes);
    try {
      const wanted = readForm(form, task);
      await transcriber.checkModel(wanted.order.model);
      // The recording is gone before a client has its answer.
      const work: Work = async (onSegments) => {
        try {
          return await place.run(
            () => transcriber.transcribe(wanted.order, onSegments, exchange.signal),
            exchange.signal,
          );
        } finally {
          await form.remove();
        }
      };
      if (wanted.isStreamed) await stream(exchange, work, options);
      else await answer(exchange, await work(() => undefined), wanted, transcriber);
    } finally {
      await form.remove();
    }
  } finally {
    place.leave();
  }
}

async function answer(
  exchange: Exchange,
  transcription: Transcription,
  { format, order }: Wanted,
  transcriber: Transcriber,
): Promise<void> {
  switch (format) {
    case 'json':
      exchange.json({ text: transcription.text.trim() });
      return;
    case 'verbose_json':
      exchange.json(verboseJson(transcription, order.request.task ?? 'transcribe'));
      return;
    case 'text':
      exchange.text(`${transcription.text.trim()}\n`, 'text/plain; charset=utf-8');
      return;
    case 'srt':
      exchange.text(await transcriber.format(transcription, 'srt'), 'application/x-subrip');
      return;
    case 'vtt':
      exchange.text(await transcriber.format(transcription, 'vtt'), 'text/vtt; charset=utf-8');
  }
}

/** `transcript.text.delta` for what is new, `transcript.text.done` at the end; a failure under way is an `error` event. */
async function stream(
  exchange: Exchange,
  work: Work,
  { clock, localise }: OpenAiRoutesOptions,
): Promise<void> {
  const { response } = exchange;
  openStream(response);
  let quiet = clock.after(keepAliveMs, () => undefined);
  const beQuiet = (): void => {
    quiet.dispose();
    quiet = clock.after(keepAliveMs, () => {
      response.write(': \n\n');
      beQuiet();
    });
  };
  const send = (event: object): void => {
    response.write(`data: ${JSON.stringify(event)}\n\n`);
    beQuiet();
  };
  const deltas = new Deltas();
  beQuiet();
  try {
    const { text } = await work((segments) => {
      const delta = deltas.next(segments);
      if (delta !== '') send({ type: 'transcript.text.delta', delta });
    });
    send({ type: 'transcript.text.done', text: text.trim() });
  } catch (error) {
    if (exchange.signal.aborted) throw error;
    const { body } = errorAnswer(error, localise);
    send({ type: 'error', ...body });
  } finally {
    quiet.dispose();
    response.end();
  }
}

/** Reads the fields; a `temperature` and what else this computer's models have no use for is passed over. */
function readForm({ fields, filePath }: UploadedForm, task: 'transcribe' | 'translate'): Wanted {
  const text = (name: string): string | undefined => {
    const value = fields.get(name)?.[0]?.trim();
    return value === '' ? undefined : value;
  };
  if (filePath === undefined) {
    throw new HttpError(400, 'unsupported', 'Send the recording as the form field "file".');
  }
  const format = text('response_format') ?? 'json';
  if (!isResponseFormat(format)) {
    const known = responseFormats.join(', ');
    throw new HttpError(400, 'unsupported', `"response_format" is one of: ${known}.`);
  }
  const isStreamed = text('stream') === 'true' || text('stream') === '1';
  if (isStreamed && format !== 'json' && format !== 'text') {
    throw new HttpError(
      400,
      'unsupported',
      `A stream has no format ${format}: leave out "stream".`,
    );
  }
  const language = task === 'translate' ? undefined : text('language');
  return {
    order: {
      path: filePath,
      request: { task, ...defined({ language, prompt: text('prompt') }) },
      ...defined({ model: text('model') }),
    },
    format,
    isStreamed,
  };
}
