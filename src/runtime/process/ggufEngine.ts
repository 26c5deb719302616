import { AsrError, Cancelled, causeText } from '../../common/asrError';
import { isObject } from '../../common/json';
import { localized } from '../../common/localizedMessage';
import { defined } from '../../protocol/defined';
import { modelSampleRate } from '../audio/resampler';
import { noGguf } from '../engineAvailability';
import type { ModelAbilities } from '../format/abilities';
import type { TimedPart } from '../transcript/partTimes';
import type { Device, Engine, PieceCall, RecognisedPiece, SpeechOptions } from './engine';
import type { ModuleLoader } from './moduleLoader';

/** A stream of a model that recognises while it listens. */
interface Stream {
  feed(pcm: Float32Array): Promise<unknown>;
  finalize(): Promise<unknown>;
  readonly text: { readonly full: string };
  readonly snapshot: unknown;
  reset(): void;
}

interface Session {
  readonly limits: { readonly effectiveMaxAudioMs: number };
  run(pcm: Float32Array, options: RunOptions & { readonly signal: AbortSignal }): Promise<unknown>;
  stream(options: RunOptions): Promise<Stream>;
}

/** The part of a loaded model that is used here (docs/model-formats.md section 9). */
interface Model {
  readonly arch: string;
  readonly device: unknown;
  readonly capabilities: {
    readonly languages: readonly string[];
    readonly translateTargetLanguages: readonly string[];
    readonly supportsTranslate: boolean;
    readonly supportsStreaming: boolean;
    readonly supportsLanguageDetect: boolean;
  };
  createSession(options: { readonly nThreads: number }): Session;
}

interface RunOptions {
  readonly timestamps: 'auto';
  readonly task?: 'translate';
  readonly language?: string;
  readonly targetLanguage?: string;
  readonly family?: { readonly kind: 'whisper'; readonly initialPrompt: string };
}

interface TranscribeCpp {
  readonly TranscribeModel: {
    load(path: string, options: { readonly backend: string }): Promise<Model>;
  };
  readonly version: () => unknown;
  readonly setLogHandler: (handler: (level: number, message: string) => void) => void;
}

/** The library's levels of its log; debug and the continuation of a line have higher numbers. */
const [warning, failure] = [2, 3];

/** The audio that a streaming model gets before its text is read: a second. */
const streamStep = modelSampleRate;

/** The library refuses what makes no frame of features. */
const shortestSamples = modelSampleRate / 2;

interface GgufModel {
  readonly modelPath: string;
  readonly threads: number;
  readonly device: Device;
}

/**
 * Loads a GGUF file, or a Whisper file of whisper.cpp, with transcribe.cpp. Rejects with `unsupported` where the
 * package has no library, or the library does not know the kind of model; else with the library's own error.
 */
export async function loadGguf(model: GgufModel, modules: ModuleLoader): Promise<Engine> {
  const platform = `${process.platform}-${process.arch}`;
  const { module, error } = await modules.import('transcribe-cpp');
  if (!isTranscribeCpp(module)) {
    throw new AsrError('unsupported', noGguf(platform), { cause: error });
  }
  module.setLogHandler((level, message) => {
    // The reasons of a failure come this way alone; errors of the library are a few words.
    if (level === warning || level === failure) process.stderr.write(message);
  });
  const loaded = await module.TranscribeModel.load(model.modelPath, {
    backend: backendFor(model.device),
  }).catch((loadError: unknown) => {
    throw readableError(loadError, model.device, platform);
  });
  const session = loaded.createSession({ nThreads: model.threads });
  const { effectiveMaxAudioMs } = session.limits;
  const { onGpu, name } = deviceOf(loaded.device);
  return {
    description: `transcribe.cpp ${versionText(module.version())} (${name})`,
    onGpu,
    abilities: abilitiesOf(loaded),
    ...(effectiveMaxAudioMs > 0 ? { longestPieceMs: effectiveMaxAudioMs } : {}),
    async transcribePiece(samples, options, { signal, onText }) {
      const run = runOptions(loaded, options);
      try {
        const answer = loaded.capabilities.supportsStreaming
          ? await streamed(await session.stream(run), samples, signal, onText)
          : await session.run(padded(samples), { ...run, signal });
        return readAnswer(answer);
      } catch (runError) {
        if (signal.aborted) throw new Cancelled();
        const partial = isObject(runError) ? runError['partialResult'] : undefined;
        if (statusOf(runError) !== outputTruncated || partial === undefined) throw runError;
        return readAnswer(partial);
      }
    },
  };
}

/** The facts that a loaded model states. */
function abilitiesOf({ arch, capabilities }: Model): ModelAbilities {
  const { languages, supportsTranslate, supportsLanguageDetect } = capabilities;
  const takesLanguage = languages.length > 1;
  return {
    takesLanguage,
    asksForLanguage: takesLanguage && !supportsLanguageDetect,
    translates: supportsTranslate,
    takesPrompt: arch === 'whisper',
    ...(languages.length === 0 ? {} : { languages }),
  };
}

/** Loads the library without a model; gives back why that can't be done, empty when it can. */
export async function tryGguf(modules: ModuleLoader): Promise<string> {
  const { module, error } = await modules.import('transcribe-cpp');
  if (!isTranscribeCpp(module)) return causeText(error ?? new Error('not transcribe-cpp'));
  try {
    module.version();
    return '';
  } catch (versionError) {
    return causeText(versionError);
  }
}

/** `auto` is the library's own choice: a graphics card where one is usable, else the processor. */
function backendFor(device: Device): string {
  if (device !== 'gpu') return device;
  return process.platform === 'darwin' ? 'metal' : 'vulkan';
}

/**
 * A language that the model does not know is left out: the library would refuse the call, and a model of one language
 * needs none.
 */
function runOptions(
  { arch, capabilities }: Model,
  { language, task, prompt }: SpeechOptions,
): RunOptions {
  const known = capabilities.languages.find(
    (code) => code === language || code.split('-')[0] === language,
  );
  const translates = task === 'translate' && capabilities.supportsTranslate;
  const english = capabilities.translateTargetLanguages.find((code) => /^en\b/.test(code));
  return {
    timestamps: 'auto',
    ...defined({ language: known }),
    ...(translates ? { task, ...defined({ targetLanguage: english }) } : {}),
    ...(arch === 'whisper' && prompt !== undefined
      ? { family: { kind: 'whisper', initialPrompt: prompt } }
      : {}),
  };
}

/** Feeds a model that streams and tells its text so far; the answer is like that of a whole run. */
async function streamed(
  stream: Stream,
  samples: Float32Array,
  signal: AbortSignal,
  onText: PieceCall['onText'],
): Promise<unknown> {
  try {
    for (let at = 0; at < samples.length; at += streamStep) {
      if (signal.aborted) throw new Cancelled();
      await stream.feed(samples.slice(at, at + streamStep));
      onText(stream.text.full.trim());
    }
    await stream.finalize();
    return stream.snapshot;
  } finally {
    stream.reset();
  }
}

function padded(samples: Float32Array): Float32Array {
  // The library reads the memory while it computes, and the cutter reuses its own.
  const own = new Float32Array(Math.max(samples.length, shortestSamples));
  own.set(samples);
  return own;
}

/** Statuses of the library's errors. */
const outputTruncated = 18;
const noSuchBackend = 8;
const unknownKinds = new Set([2, 5, 6]);
const mismatches = new Set(['AbiError', 'VersionMismatch']);

function statusOf(error: unknown): number {
  const status = isObject(error) ? error['status'] : undefined;
  return typeof status === 'number' ? status : 0;
}

function readableError(error: unknown, device: Device, platform: string): unknown {
  if (error instanceof Error && mismatches.has(error.name)) {
    return new AsrError('unsupported', noGguf(platform), { cause: error });
  }
  if (statusOf(error) === noSuchBackend && device === 'gpu') {
    return new AsrError(
      'unsupported',
      localized(
        'There is no graphics card here that the runtime can use. Set “asr.runtime.device” to “auto” or “cpu”.',
      ),
      { cause: error },
    );
  }
  if (!unknownKinds.has(statusOf(error))) return error;
  return new AsrError(
    'unsupported',
    localized(
      'The runtime for GGUF files does not know this kind of model. Choose another model, or use it in the program that it was made for.',
    ),
    { cause: error },
  );
}

/** Reads an answer: its text, and the words, tokens or segments with times, whichever the model has. */
function readAnswer(answer: unknown): RecognisedPiece {
  if (!isObject(answer)) return { text: '', parts: [] };
  const text = typeof answer['text'] === 'string' ? answer['text'] : '';
  const kinds = ['words', 'tokens', 'segments'].map((kind) => timedParts(answer[kind]));
  const parts = kinds.find((found) => found.length > 0) ?? [];
  const language = typeof answer['language'] === 'string' ? answer['language'] : '';
  return language === '' ? { text, parts } : { text, parts, language };
}

function timedParts(list: unknown): TimedPart[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly unknown[]).flatMap((entry) => {
    if (!isObject(entry) || typeof entry['text'] !== 'string') return [];
    const { t0Ms, t1Ms } = entry;
    if (typeof t0Ms !== 'number' || typeof t1Ms !== 'number') return [];
    // A piece of a vocabulary has this sign in place of a space.
    return [{ text: entry['text'].replaceAll('\u2581', ' '), startMs: t0Ms, endMs: t1Ms }];
  });
}

function deviceOf(device: unknown): { readonly onGpu: boolean; readonly name: string } {
  if (!isObject(device)) return { onGpu: false, name: 'CPU' };
  const onGpu = device['deviceType'] === 'gpu' || device['deviceType'] === 'igpu';
  const label = onGpu ? device['description'] : device['name'];
  return { onGpu, name: typeof label === 'string' ? label : 'CPU' };
}

function versionText(version: unknown): string {
  return isObject(version) && typeof version['version'] === 'string' ? version['version'] : '';
}

function isTranscribeCpp(module: unknown): module is TranscribeCpp {
  return (
    isObject(module) &&
    typeof module['TranscribeModel'] === 'function' &&
    typeof module['setLogHandler'] === 'function'
  );
}
