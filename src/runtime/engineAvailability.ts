import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { localized, type LocalizedMessage, phrase } from '../common/localizedMessage';
import type { EngineName } from './model';
import type { TrialResults } from './machineFacts';

/**
 * The WebAssembly heap ends at 2 GiB, and loading a model takes the size of its files several times
 * (docs/model-formats.md section 6).
 */
export const largestWasmModelBytes = 400_000_000;

/** Which of the engines' packages can be used: they are installed next to the runtime's bundle, and a trial load went well. */
export interface EnginePackages {
  readonly whisper: boolean;
  readonly gguf: boolean;
  readonly sherpaNative: boolean;
  readonly sherpaWasm: boolean;
  /** The thing that this machine lacks for an installed package, as {@link missingThing} names it. */
  readonly missing?: Readonly<Partial<Record<'whisper' | 'gguf' | 'sherpaNative', string>>>;
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
    gguf: has(`@transcribe-cpp/${ggufPackage(platform, arch)}/package.json`),
    sherpaNative: has('sherpa-onnx-node') && has(`sherpa-onnx-${sherpaPlatform}-${arch}`),
    sherpaWasm: has('sherpa-onnx'),
  };
}

/** The name of transcribe.cpp's package for a platform, which says what it computes with (docs/model-formats.md section 6). */
export function ggufPackage(platform: string, arch: string): string {
  if (platform !== 'darwin') return `${platform}-${arch}-cpu-vulkan`;
  return arch === 'arm64' ? 'darwin-arm64-metal' : `darwin-${arch}-cpu`;
}

/** Takes out what a trial load has shown not to load here. */
export function afterTrials(installed: EnginePackages, trials: TrialResults): EnginePackages {
  const missing = Object.fromEntries(
    Object.entries(trials).flatMap(([part, why]) =>
      why === '' ? [] : [[part, missingThing(why)]],
    ),
  );
  return {
    whisper: installed.whisper && !('whisper' in missing),
    gguf: installed.gguf && !('gguf' in missing),
    sherpaNative: installed.sherpaNative && !('sherpaNative' in missing),
    sherpaWasm: installed.sherpaWasm,
    missing,
  };
}

/** Why an engine can't load a model of this size here, or undefined when it can. */
export function missingEngine(
  engine: EngineName,
  sizeBytes: number,
  { whisper, gguf, sherpaNative, sherpaWasm, missing = {} }: EnginePackages,
  platformName: string,
): LocalizedMessage | undefined {
  if (engine === 'whisper.cpp') {
    // transcribe.cpp reads the same Whisper files.
    if (whisper || gguf) return undefined;
    return lacking('whisper.cpp', missing.whisper) ?? noWhisper(platformName);
  }
  if (engine === 'transcribe.cpp') {
    return gguf ? undefined : (lacking(engine, missing.gguf) ?? noGguf(platformName));
  }
  if (sherpaNative) return undefined;
  if (!sherpaWasm) return lacking(engine, missing.sherpaNative) ?? noSherpa(platformName);
  if (sizeBytes <= largestWasmModelBytes) return undefined;
  const lacks = missing.sherpaNative;
  return lacks === undefined
    ? tooLargeForWasm(platformName)
    : localized(
        'The native runtime of sherpa-onnx can’t be loaded on this computer, which lacks {0}; its WebAssembly runtime loads models up to 400 MB. Choose a smaller model.',
        lacks,
      );
}

function lacking(engine: EngineName, lacks: string | undefined): LocalizedMessage | undefined {
  if (lacks === undefined) return undefined;
  return localized(
    'The runtime {0} can’t be loaded on this computer, which lacks {1}. Update the system, or choose a model of another format.',
    engine,
    lacks,
  );
}

/** The platforms that have a package of their own (scripts/package/platforms.ts); others get the universal one. */
export const packagedPlatforms: ReadonlySet<string> = new Set([
  'linux-x64',
  'linux-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
]);

/** The name of this platform: Alpine Linux has another C library, for which no engine is built. */
export function platformNameHere(): string {
  const isAlpine = process.platform === 'linux' && existsSync('/etc/alpine-release');
  return `${isAlpine ? 'alpine' : process.platform}-${process.arch}`;
}

/** Where no package has an engine for a kind of models; undefined where one has. */
function noEngine(models: string, platformName: string): LocalizedMessage | undefined {
  if (packagedPlatforms.has(platformName)) return undefined;
  return platformName === 'win32-arm64'
    ? localized(
        'There is no runtime for {0} models on Windows with an ARM processor. Install VS Code for x64, which runs there too, or choose an ONNX model of at most 400 MB.',
        models,
      )
    : localized(
        'There is no runtime for {0} models on {1}. Choose an ONNX model of at most 400 MB.',
        models,
        platformName,
      );
}

export function noWhisper(platformName: string): LocalizedMessage {
  const nowhere = noEngine('whisper.cpp', platformName);
  if (nowhere !== undefined) return nowhere;
  return localized(
    'whisper.cpp models can’t be loaded on {0} by this package of the extension. Install the package for your platform, or choose an ONNX model.',
    platformName,
  );
}

export function noGguf(platformName: string): LocalizedMessage {
  const nowhere = noEngine('GGUF', platformName);
  if (nowhere !== undefined) return nowhere;
  return localized(
    'GGUF models can’t be loaded on {0} by this package of the extension. Install the package for your platform, or choose an ONNX model.',
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
  if (!packagedPlatforms.has(platformName)) {
    return localized(
      'There is no native runtime for {0}, and the WebAssembly runtime loads models up to 400 MB. Choose a smaller model.',
      platformName,
    );
  }
  return localized(
    'This package of the extension has no native runtime for {0}, and its WebAssembly runtime loads models up to 400 MB. Choose a smaller model, or install the package for your platform.',
    platformName,
  );
}

/**
 * The missing thing in a system's message about a library that can't be loaded: "GLIBC 2.34", "libgomp.so.1", "macOS
 * 15.0".
 */
export function missingThing(message: string): string {
  const version = /version [`'"\u2018]?(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/.exec(message);
  if (version !== null) return `${version[1] ?? ''} ${version[2] ?? ''}`;
  const library = /([\w.+-]+\.(?:so[\w.]*|dylib|dll)): cannot open shared object file/.exec(
    message,
  );
  if (library?.[1] !== undefined) return library[1];
  const system = /built for macOS ([\d.]+)/i.exec(message);
  if (system?.[1] !== undefined) return `macOS ${system[1].replace(/\.$/, '')}`;
  const dylib = /Library not loaded: (?:@\w+\/)?([\w./+-]+)/.exec(message);
  if (dylib?.[1] !== undefined) return dylib[1].slice(dylib[1].lastIndexOf('/') + 1);
  if (/specified module could not be found/i.test(message))
    return 'Microsoft Visual C++ Redistributable';
  if (/SIGILL|illegal instruction|exit code (132|3221225501)/i.test(message)) {
    return phrase('a processor instruction');
  }
  const [first = ''] = message.split('\n');
  return first.slice(0, 120);
}
