import { AsrError } from '../../common/asrError';
import { isObject } from '../../common/json';
import { modelSampleRate } from '../audio/resampler';
import { noWhisper } from '../engineAvailability';
import type { TimedPart } from '../transcript/partTimes';
import type { Device, Engine, RecognisedPiece, SpeechOptions } from './engine';
import type { ModuleLoader } from './moduleLoader';

/**
 * The part of the addon that is used here. The package does not contain the type file that it names
 * (docs/model-formats.md section 6).
 */
interface NativeContext {
  transcribeData(
    pcm16: ArrayBuffer,
    options: Readonly<Record<string, string | number | boolean>>,
  ): { readonly promise: Promise<unknown> };
}

type NativeContextClass = new (options: {
  readonly filePath: string;
  readonly useGpu: boolean;
}) => NativeContext | Promise<NativeContext>;

/** whisper.cpp recognises nothing in less than a second. */
const shortestSamples = Math.round(modelSampleRate * 1.1);

interface WhisperModel {
  readonly kind: 'whisper' | 'parakeet';
  readonly modelPath: string;
  readonly multilingual: boolean;
  readonly threads: number;
  readonly device: Device;
}

/** Loads a ggml file. Rejects with `unsupported` where the addon has no binary, `runtime` when it refuses the file. */
export async function loadWhisper(model: WhisperModel, modules: ModuleLoader): Promise<Engine> {
  const platform = `${process.platform}-${process.arch}`;
  const addon = modules.load(`@fugood/node-whisper-${platform}`);
  const Context = contextClass(addon.module, model.kind);
  if (Context === undefined) {
    throw new AsrError('unsupported', noWhisper(platform), { cause: addon.error });
  }
  // The one package of the addon that has a graphics backend inside.
  const useGpu = platform === 'darwin-arm64' && model.device !== 'cpu';
  const context = await new Context({ filePath: model.modelPath, useGpu });
  return {
    description: `whisper.cpp (${useGpu ? 'Metal' : platform})`,
    onGpu: useGpu,
    async transcribePiece(samples, options): Promise<RecognisedPiece> {
      const { promise } = context.transcribeData(pcm16(samples), callOptions(model, options));
      return readAnswer(await promise);
    },
  };
}

function callOptions(
  { kind, multilingual, threads }: WhisperModel,
  { language, task, prompt }: SpeechOptions,
): Readonly<Record<string, string | number | boolean>> {
  if (kind === 'parakeet') return { maxThreads: threads };
  return {
    maxThreads: threads,
    language: multilingual ? (language ?? 'auto') : 'en',
    translate: multilingual && task === 'translate',
    ...(prompt === undefined ? {} : { prompt }),
  };
}

function contextClass(
  module: unknown,
  kind: 'whisper' | 'parakeet',
): NativeContextClass | undefined {
  if (!isObject(module)) return undefined;
  const found = kind === 'whisper' ? module['WhisperContext'] : module['ParakeetContext'];
  return isContextClass(found) ? found : undefined;
}

function isContextClass(value: unknown): value is NativeContextClass {
  return typeof value === 'function';
}

function pcm16(samples: Float32Array): ArrayBuffer {
  const pcm = new Int16Array(Math.max(samples.length, shortestSamples));
  samples.forEach((sample, index) => {
    pcm[index] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767)));
  });
  return pcm.buffer;
}

function readAnswer(answer: unknown): RecognisedPiece {
  const parts: TimedPart[] = [];
  const listed = isObject(answer) && Array.isArray(answer['segments']) ? answer['segments'] : [];
  for (const entry of listed as readonly unknown[]) {
    if (!isObject(entry) || typeof entry['text'] !== 'string') continue;
    const { t0, t1, text } = entry;
    parts.push({
      text,
      startMs: typeof t0 === 'number' ? t0 : Number.NaN,
      ...(typeof t1 === 'number' ? { endMs: t1 } : {}),
    });
  }
  const language = isObject(answer) ? answer['language'] : undefined;
  const text = parts.map((part) => part.text).join('');
  return typeof language === 'string' && language !== ''
    ? { text, parts, language }
    : { text, parts };
}
