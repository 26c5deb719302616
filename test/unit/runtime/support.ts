import assert from 'node:assert/strict';
import { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { AsrError } from '../../../src/common/asrError';
import { systemClock } from '../../../src/common/clock';
import { isObject } from '../../../src/common/json';
import { silentLogger } from '../../../src/common/logger';
import type { ErrorCode } from '../../../src/protocol/errorCode';
import {
  createRuntime,
  type ModelFile,
  type ModelOnDisk,
  type Runtime,
  type RuntimeOptions,
} from '../../../src/runtime';
import type { ModelFiles } from '../../hub/models';

const root = path.resolve(__dirname, '../../..');
export const clipPath = path.join(root, 'media/clip.wav');

/** Names the folder of an unpacked VSIX, the runtime of which is tried instead of the source tree's. */
const givenPackage = process.env['ASR_TEST_PACKAGE'] ?? '';
/** Where bundles and scripts are written: from there they find the engines' packages. */
const bundleFolder =
  givenPackage === '' ? path.join(root, 'out/unit') : path.join(givenPackage, 'dist');

let bundle: Promise<string> | undefined;

/** The runtime's process, bundled as in the product, below the repository so that it finds its packages. */
export function processBundle(): Promise<string> {
  if (givenPackage !== '') return Promise.resolve(path.join(bundleFolder, 'runtimeProcess.js'));
  bundle ??= (async () => {
    const outfile = path.join(bundleFolder, `runtimeProcess-${String(process.pid)}.js`);
    await build({
      entryPoints: [path.join(root, 'src/runtime/process/main.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20.18',
      logLevel: 'silent',
    });
    return outfile;
  })();
  return bundle;
}

const fakes: string[] = [];

/** A script to use instead of the process's bundle; it finds the same packages. */
export async function fakeProcess(script: string): Promise<string> {
  const name = `runtimeProcess-fake-${String(process.pid)}-${String(fakes.length)}.js`;
  const file = path.join(bundleFolder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, script);
  fakes.push(file);
  return file;
}

/** Removes what {@link processBundle} and {@link fakeProcess} wrote. */
export async function removeBundle(): Promise<void> {
  for (const fake of fakes) await rm(fake, { force: true });
  if (bundle === undefined) return;
  await rm(await bundle, { force: true });
  bundle = undefined;
}

export const gibibyte = 1024 ** 3;

/** A runtime with limits that a test can wait for; `overrides` win. */
export async function testRuntime(overrides: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  return createRuntime({
    processPath: overrides.processPath ?? (await processBundle()),
    clipPath,
    env: { PATH: process.env['PATH'] },
    logger: silentLogger,
    clock: systemClock,
    memory: () => ({ totalBytes: 8 * gibibyte, availableBytes: 4 * gibibyte }),
    ...overrides,
  });
}

export class TempFolder {
  #path = '';

  get path(): string {
    return this.#path;
  }

  async create(): Promise<void> {
    this.#path = await mkdtemp(path.join(tmpdir(), 'asr-runtime-'));
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }

  async write(name: string, content: Uint8Array | string): Promise<string> {
    const file = path.join(this.#path, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  }

  /** Writes a model's files and describes them as the cache would. */
  async model(
    format: string,
    files: ModelFiles,
    about: Partial<ModelOnDisk> = {},
  ): Promise<ModelOnDisk> {
    const folder = path.join(this.#path, 'model');
    const written: ModelFile[] = [];
    for (const [name, content] of Object.entries(files)) {
      const absolutePath = await this.write(`model/${name}`, content);
      const { size } = await stat(absolutePath);
      written.push({ path: name, role: '', absolutePath, sizeBytes: size });
    }
    return { modelId: 'tiny', name: 'Tiny', format, folder, files: written, ...about };
  }
}

/** A tone loud enough not to count as silence: 16 kHz mono. */
export function tone(seconds: number): Float32Array {
  return new Float32Array(Math.round(seconds * 16_000)).map(
    (_, index) => Math.sin(index / 9) * 0.3,
  );
}

/** For `assert.rejects`: an error with this code and a message that matches. */
export function failsWith(code: ErrorCode, text: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof AsrError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
}

/** The processes that Node has started here, for systems without a list of processes to read. */
const started = new Set<ChildProcess>();
subscribe('child_process', (message) => {
  const child = isObject(message) ? message['process'] : undefined;
  if (child instanceof ChildProcess) started.add(child);
});

function isRuntime(child: ChildProcess): boolean {
  const hasEnded = child.exitCode !== null || child.signalCode !== null;
  return !hasEnded && child.spawnargs.some((argument) => argument.includes('runtimeProcess'));
}

/**
 * The ids of this process's runtime processes that still exist. It reads /proc synchronously, which takes a tenth of the
 * time of reading it asynchronously.
 */
export function childrenOf(pid: number): Promise<number[]> {
  if (process.platform !== 'linux') {
    return Promise.resolve([...started].filter(isRuntime).flatMap((child) => child.pid ?? []));
  }
  const found: number[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const status = textOf(`/proc/${entry}/stat`);
    const parent = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent !== pid) continue;
    if (textOf(`/proc/${entry}/cmdline`).includes('runtimeProcess')) found.push(Number(entry));
  }
  return Promise.resolve(found);
}

/** Empty when the process has ended meanwhile. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The processor time that a process has used, in hundredths of a second; 0 when it has ended. */
export function processorTicks(pid: number | undefined): number {
  const status = textOf(`/proc/${String(pid)}/stat`);
  // After the name in brackets the state is the third field; user and system time are the 14th and 15th.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}
