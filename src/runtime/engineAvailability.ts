import { createRequire } from 'node:module';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import type { EngineName } from './model';

/**
 * The WebAssembly heap ends at 2 GiB, and loading a model takes the size of its files several times
 * (docs/model-formats.md section 6).
 */
export const largestWasmModelBytes = 400_000_000;

/** Which of the engines' packages are installed next to the runtime's bundle. They are resolved, not loaded. */
export interface EnginePackages {
  readonly whisper: boolean;
  readonly sherpaNative: boolean;
  readonly sherpaWasm: boolean;
}

/**
 * Resolves the engine packages of this platform. The packages of sherpa-onnx have `win` in their names for Windows
 * (docs/model-formats.md section 6).
 */
export function enginePackages(
  processPath: string,
  platform: NodeJS.Platform,
  arch: string,
): EnginePackages {
  const { resolve } = createRequire(processPath);
  const has = (name: string): boolean => {
    try {
      resolve(name);
      return true;
    } catch {
      return false;
    }
  };
  const sherpaPlatform = platform === 'win32' ? 'win' : platform;
  return {
    whisper: has(`@fugood/node-whisper-${platform}-${arch}`),
    sherpaNative: has('sherpa-onnx-node') && has(`sherpa-onnx-${sherpaPlatform}-${arch}`),
    sherpaWasm: has('sherpa-onnx'),
  };
}

/** Why an engine can't load a model of this size here, or undefined when it can. */
export function missingEngine(
  engine: EngineName,
  sizeBytes: number,
  packages: EnginePackages,
  platformName: string,
): LocalizedMessage | undefined {
  if (engine === 'whisper.cpp') return packages.whisper ? undefined : noWhisper(platformName);
  if (packages.sherpaNative) return undefined;
  if (!packages.sherpaWasm) return noSherpa(platformName);
  return sizeBytes > largestWasmModelBytes ? tooLargeForWasm(platformName) : undefined;
}

export function noWhisper(platformName: string): LocalizedMessage {
  return localized(
    'whisper.cpp models can’t be loaded on {0} by this package of the extension. Install the package for your platform, or choose an ONNX model.',
    platformName,
  );
}

export function noSherpa(platformName: string): LocalizedMessage {
  return localized(
    'The runtime for ONNX models could not be started on {0}. Install the extension again, in the package for your platform.',
    platformName,
  );
}

export function tooLargeForWasm(platformName: string): LocalizedMessage {
  return localized(
    'This package of the extension has no native runtime for {0}, and its WebAssembly runtime loads models up to 400 MB. Choose a smaller model, or install the package for your platform.',
    platformName,
  );
}
