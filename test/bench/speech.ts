/**
 * The speech bench: what the runtime adds to an engine. The same recording is transcribed by the runtime (its own
 * process, pieces that are cut at pauses, deadlines) and by the engine called directly in windows of 30 s, in
 * interleaved runs; both use the same number of threads. Real Moonshine models where the words matter; for the other
 * two engines no real weights can be had, and tiny models show what is added to a call. Needs Linux, for the peak of
 * memory. Options: --runs N (3), --seconds N (180), --threads N (1), --only TEXT (a part of a model's name).
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { haveRealModels } from '../../scripts/test/realModels';
import type { ModelOnDisk } from '../../src/runtime';
import { tokensOfTokenizer } from '../../src/runtime/format/tokenizerTokens';
import { ggufModel, whisperGgml } from '../hub/models';
import { jfkWords, longSamples, moonshineFiles, wordErrorRate } from '../models/realModels';
import { childrenOf, removeBundle, TempFolder, testRuntime } from '../unit/runtime/support';

function option(name: string, fallback: string): string {
  const index = process.argv.indexOf(`--${name}`);
  return index === -1 ? fallback : (process.argv[index + 1] ?? fallback);
}

const runs = Number(option('runs', '3'));
const seconds = Number(option('seconds', '180'));
const threads = Number(option('threads', '1'));
const only = option('only', '');

interface Measure {
  readonly loadMs: number;
  readonly elapsedMs: number;
  readonly peakMiB: number;
  readonly text: string;
}

interface Case {
  readonly name: string;
  readonly engine: 'sherpa-onnx' | 'transcribe.cpp' | 'whisper.cpp';
  /** Whether its words are worth a comparison. */
  readonly isReal: boolean;
  readonly model: ModelOnDisk;
  /** The files that the engine is given without the runtime. */
  readonly files: Readonly<Record<string, string>>;
}

async function throughRuntime({ model }: Case, samplesPath: string): Promise<Measure> {
  const never = new AbortController().signal;
  const nothing = (): void => undefined;
  const runtime = await testRuntime();
  try {
    const { buffer } = new Uint8Array(await readFile(samplesPath));
    const samples = new Float32Array(buffer);
    const { loadMs } = await runtime.load(model, { threads, device: 'cpu' }, nothing, never);
    const startMs = performance.now();
    const { segments } = await runtime.transcribe({ samples }, {}, nothing, never);
    const elapsedMs = performance.now() - startMs;
    const [pid] = await childrenOf(process.pid);
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    const peakMiB = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
    return { loadMs, elapsedMs, peakMiB, text: segments.map(({ text }) => text).join(' ') };
  } finally {
    await runtime.unload();
  }
}

async function directly({ engine, files }: Case, samplesPath: string): Promise<Measure> {
  const task = JSON.stringify({ engine, files, samplesPath, threads });
  const program = path.join(__dirname, 'speechDirect.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, task]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measure;
}

async function cases(folders: readonly TempFolder[]): Promise<readonly Case[]> {
  const [tiny, base, gguf, ggml] = folders as [TempFolder, TempFolder, TempFolder, TempFolder];
  const all: Case[] = [];
  for (const [size, folder] of [
    ['tiny', tiny],
    ['base', base],
  ] as const) {
    const files = await moonshineFiles(size);
    const model = await folder.model('onnx-transformers', files);
    const tokens = tokensOfTokenizer(JSON.parse(String(files['tokenizer.json']))) ?? '';
    const onnx = (name: string): string => path.join(folder.path, 'model', 'onnx', name);
    all.push({
      name: `Moonshine ${size}`,
      engine: 'sherpa-onnx',
      isReal: true,
      model,
      files: {
        encoder: onnx('encoder_model_quantized.onnx'),
        mergedDecoder: onnx('decoder_model_merged_quantized.onnx'),
        tokens: await folder.write('tokens.txt', tokens),
      },
    });
  }
  for (const [engine, folder, format, name, bytes] of [
    ['transcribe.cpp', gguf, 'gguf-transcribe-cpp', 'tiny.gguf', ggufModel()],
    ['whisper.cpp', ggml, 'ggml', 'ggml-tiny.bin', whisperGgml()],
  ] as const) {
    const model = await folder.model(format, { [name]: bytes });
    const files = { model: model.files[0]?.absolutePath ?? '' };
    all.push({ name: `a tiny model for ${engine}`, engine, isReal: false, model, files });
  }
  return all.filter(({ name }) => name.includes(only));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function row(title: string, { isReal }: Case, measures: readonly Measure[]): string {
  const said = Array.from({ length: Math.floor(seconds / 12) }, () => jfkWords).join(' ');
  const wrong = wordErrorRate(said, measures[0]?.text ?? '');
  const cells = [
    title,
    (seconds / (median(measures.map((each) => each.elapsedMs)) / 1000)).toFixed(1),
    median(measures.map((each) => each.loadMs)).toFixed(0),
    median(measures.map((each) => each.peakMiB)).toFixed(0),
    isReal ? `${(wrong * 100).toFixed(1)} %` : '–',
  ];
  return `| ${cells.join(' | ')} |\n`;
}

async function main(): Promise<void> {
  await haveRealModels((line) => process.stderr.write(`${line}\n`));
  const folders = Array.from({ length: 5 }, () => new TempFolder());
  for (const folder of folders) await folder.create();
  try {
    const samplesPath = path.join(folders[4]?.path ?? '', 'samples');
    const samples = await longSamples(seconds);
    await writeFile(samplesPath, new Uint8Array(samples.buffer));
    process.stdout.write(
      `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${String(os.cpus().length)} cores, ${String(threads)} thread(s), ` +
        `${String(seconds)} s of speech, medians of ${String(runs)}, load before: ${(os.loadavg()[0] ?? 0).toFixed(1)}\n\n` +
        '| model and way | times real time | load ms | peak MiB | wrong words |\n| --- | --- | --- | --- | --- |\n',
    );
    for (const each of await cases(folders)) {
      const ours: Measure[] = [];
      const direct: Measure[] = [];
      for (let run = 0; run < runs; run++) {
        ours.push(await throughRuntime(each, samplesPath));
        direct.push(await directly(each, samplesPath));
      }
      process.stdout.write(row(`${each.name}, by the runtime`, each, ours));
      process.stdout.write(row(`${each.name}, ${each.engine} alone`, each, direct));
    }
  } finally {
    await removeBundle();
    for (const folder of folders) await folder.remove();
  }
}

void main();
