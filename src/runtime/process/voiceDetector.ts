import { isObject } from '../../base/json';
import { frameSamples, rootMeanSquare, type Loudness } from '../audio/pieceCutter';
import { modelSampleRate } from '../audio/resampler';
import type { ModuleLoader } from './moduleLoader';

interface Detector {
  acceptWaveform(samples: Float32Array): void;
  isDetected(): boolean;
  isEmpty(): boolean;
  pop(): void;
}

type DetectorClass = new (config: object, bufferSeconds: number) => Detector;

/**
 * Loudness by a Silero voice detector: what isn't speech counts as silence, however loud. Undefined when it can't
 * be loaded here; cutting then goes by energy alone.
 */
export function voiceLoudness(vadPath: string, modules: ModuleLoader): Loudness | undefined {
  const { module } = modules.load('sherpa-onnx-node');
  const Vad = isObject(module) ? module['Vad'] : undefined;
  if (!isDetectorClass(Vad)) return undefined;
  const detector = new Vad(
    {
      sileroVad: {
        model: vadPath,
        threshold: 0.4,
        minSpeechDuration: 0.1,
        minSilenceDuration: 0.2,
        windowSize: frameSamples,
      },
      sampleRate: modelSampleRate,
      numThreads: 1,
      provider: 'cpu',
      debug: 0,
    },
    30,
  );
  return (frame) => {
    // A view into a larger buffer reaches the addon as the whole buffer.
    detector.acceptWaveform(frame.slice());
    while (!detector.isEmpty()) detector.pop();
    return detector.isDetected() ? 1 + rootMeanSquare(frame) : 0;
  };
}

function isDetectorClass(value: unknown): value is DetectorClass {
  return typeof value === 'function';
}
