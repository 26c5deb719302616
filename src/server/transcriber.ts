import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { ModelManager, ModelSpeech, SpeechRequest } from '../models';
import { HttpError } from './httpError';
import type { ServedModels } from './serverOptions';

/** The result of a transcription. */
export type Transcription = Awaited<ReturnType<ModelSpeech['transcribe']>>;
/** A stretch of speech with its text; times in milliseconds. */
export type Segment = Transcription['segments'][number];
/** The formats that the core writes. */
export type TranscriptFormat = Parameters<ModelSpeech['transcript']>[1];

/** A recording and what is to be made of it. */
export interface TranscriptionOrder {
  readonly path: string;
  /** A model's id; absent: the loaded or the active one. */
  readonly model?: string;
  readonly request: SpeechRequest;
}

/** Transcribes recordings, one call at a time. */
export interface Transcriber {
  /** Rejects with `notFound` when the model is not here: nothing is downloaded for a transcription. */
  checkModel(model: string | undefined): Promise<void>;
  transcribe(
    order: TranscriptionOrder,
    onSegments: (segments: readonly Segment[]) => void,
    signal: AbortSignal,
  ): Promise<Transcription>;
  /** A transcription as text in a format. */
  format(transcription: Transcription, format: TranscriptFormat): Promise<string>;
}

/** The names that clients of OpenAI's service send as long as no model of this computer is chosen. */
const placeholders = new Set(['', 'whisper-1', 'gpt-4o-transcribe', 'gpt-4o-mini-transcribe']);

/** Transcribes with the manager's own speech, as the editor does. `activeModelId`: empty when none is chosen. */
export function managerTranscriber(models: ServedModels, activeModelId: () => string): Transcriber {
  const wanted = async (manager: ModelManager, model: string | undefined): Promise<string> => {
    const named = model?.trim() ?? '';
    const here = await manager.downloadedModel(named);
    if (here !== undefined) return here.modelId;
    if (!placeholders.has(named)) throw await notHere(manager, named);
    const chosen = manager.speech.loaded?.modelId ?? activeModelId();
    const active = chosen === '' ? undefined : await manager.downloadedModel(chosen);
    if (active !== undefined) return active.modelId;
    throw new HttpError(
      404,
      'notFound',
      'No model is loaded. Name one as "model"; GET /v1/models lists those that are here.',
    );
  };
  return {
    async checkModel(model) {
      await wanted(await models.get(), model);
    },
    async transcribe({ path, model, request }, onSegments, signal) {
      const manager = await models.get();
      const { speech } = manager;
      const modelId = await wanted(manager, model);
      if (speech.loaded?.modelId !== modelId) {
        // A person who transcribes in the editor keeps the model until that has ended.
        await speech.idle(signal);
        await speech.load(modelId, () => undefined, signal);
      }
      const onPartial = ({ segments }: { readonly segments: readonly Segment[] }): void =>
        onSegments(segments);
      return await speech.transcribe({ path }, request, onPartial, signal);
    },
    async format(transcription, format) {
      return (await models.get()).speech.transcript(transcription, format);
    },
  };
}

async function notHere(manager: ModelManager, modelId: string): Promise<Error> {
  const model = await manager.findModel(modelId).catch(() => undefined);
  if (model === undefined) {
    return new HttpError(
      404,
      'notFound',
      `No model is called ${modelId}. GET /v1/models lists those that are here, GET /api/models those on offer.`,
    );
  }
  return new AsrError(
    'notFound',
    localized(
      '{0} is not downloaded. Run "asr-models download {1}", or send its id to POST /api/models/download.',
      model.name,
      model.id,
    ),
  );
}
