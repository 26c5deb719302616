import { isObject } from '../../common/json';
import { defaultCut, frameSamples, rootMeanSquare, type Loudness } from '../audio/pieceCutter';
import { modelSampleRate } from '../audio/resampler';
import type { ModuleLoader } from './moduleLoader';

interface Detector {
  acceptWaveform(samples: Float32Array): void;
  isDetected(): boolean;
  isEmpty(): boolean;
  pop(): void;
  reset(): void;
}

type DetectorClass = new (config: object, bufferSeconds: number) => Detector;

/**
 * Loads a Silero voice detector and returns a factory of loudness functions, for which everything but speech is
 * silence, however loud; each call of the factory starts from the beginning. Undefined without the native package;
 * pieces are then cut by energy alone. A file that isn't a detector ends this process (docs/model-formats.md section 5).
 */
export function loadVoiceDetector(
  vadPath: string,
  modules: ModuleLoader,
): (() => Loudness) | undefined {
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
  return () => {
    detector.reset();
    return (frame) => {
      // The addon takes a view's whole buffer for the samples.
      detector.acceptWaveform(frame.slice());
      while (!detector.isEmpty()) detector.pop();
      const level = rootMeanSquare(frame);
      return detector.isDetected() ? 1 + level : level * defaultCut.silence;
    };
  };
}

function isDetectorClass(value: unknown): value is DetectorClass {
  return typeof value === 'function';
}
