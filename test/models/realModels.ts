import { copyFile, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { realModelsFolder } from '../../scripts/test/realModels';
import { startTestHub, type TestHub } from '../hub';
import type { ModelFiles } from '../hub/models';
import { processBundle } from '../unit/runtime/support';
import { workerBundle } from '../unit/download/support/workerBundle';

const moonshine = '@usefulsensors/moonshine-js-0.1.16/package/dist/model';

/** The words of the recording, by the presidential library's transcript. */
export const jfkWords =
  'And so my fellow Americans ask not what your country can do for you ask what you can do for your country';

function real(...parts: readonly string[]): string {
  return path.join(realModelsFolder, ...parts);
}

/** A voice detector of Silero: version 4 or 6. */
export function sileroPath(version: 4 | 6): string {
  const name = version === 4 ? 'silero_vad_legacy.onnx' : 'silero_vad_v6.onnx';
  return real('@ricky0123/vad-web-0.0.31/package/dist', name);
}

/** A recording of a person who speaks for eleven seconds, as a WAV file. */
export const jfkPath = real(
  'nodejs-whisper-0.3.1/package/cpp/whisper.cpp/bindings/go/samples/jfk.wav',
);

/** The same, 16 kHz mono between -1 and 1. */
export async function jfkSamples(): Promise<Float32Array> {
  const bytes = await readFile(jfkPath);
  const at = bytes.indexOf('data') + 8;
  const count = Math.floor((bytes.length - at) / 2);
  return Float32Array.from(
    { length: count },
    (_, index) => bytes.readInt16LE(at + index * 2) / 32768,
  );
}

/** The recording over and over, with a pause of a second after each, until it is as long as this. */
export async function longSamples(seconds: number): Promise<Float32Array> {
  const once = await jfkSamples();
  const all = new Float32Array(seconds * 16_000);
  for (let at = 0; at < all.length; at += once.length + 16_000) {
    all.set(once.subarray(0, Math.min(once.length, all.length - at)), at);
  }
  return all;
}

/** A Moonshine as transformers.js has it: two graphs, a tokenizer.json, and no tokens.txt. */
export async function moonshineFiles(size: 'tiny' | 'base'): Promise<ModelFiles> {
  const graph = (name: string): Promise<Buffer> =>
    readFile(real(moonshine, size, 'quantized', name));
  return {
    'onnx/encoder_model_quantized.onnx': await graph('encoder_model.onnx'),
    'onnx/decoder_model_merged_quantized.onnx': await graph('decoder_model_merged.onnx'),
    'config.json': '{ "model_type": "moonshine" }\n',
    'generation_config.json': '{}\n',
    'preprocessor_config.json': '{}\n',
    'tokenizer_config.json': '{}\n',
    'tokenizer.json': await tokenizerJson(),
  };
}

const vocabularySize = 32_768;

async function tokenizerJson(): Promise<string> {
  const file = real('llama-tokenizer-js-1.2.2/package/llama-tokenizer.js');
  const { default: tokenizer } = (await import(pathToFileURL(file).href)) as {
    default: { readonly vocabById: readonly string[] };
  };
  const vocab = Object.fromEntries(tokenizer.vocabById.map((token, id) => [token, id]));
  const added = [];
  for (let id = tokenizer.vocabById.length; id < vocabularySize; id += 1) {
    added.push({ id, content: `<<ST_${String(id - tokenizer.vocabById.length)}>>` });
  }
  return JSON.stringify({
    model: { type: 'BPE', byte_fallback: true, vocab },
    added_tokens: added,
  });
}

/** A hub with both models. */
export async function startRealHub(): Promise<TestHub> {
  return startTestHub({
    repos: [
      { name: 'real/moonshine-tiny-ONNX', files: await moonshineFiles('tiny') },
      { name: 'real/moonshine-base-ONNX', files: await moonshineFiles('base') },
    ],
  });
}

/** A folder below the project, so that the runtime's process finds its packages, with the bundles of the product. */
export async function realPlace(): Promise<{ readonly root: string; readonly distPath: string }> {
  await mkdir('out', { recursive: true });
  const root = await mkdtemp(path.resolve('out', 'models-'));
  const distPath = path.join(root, 'dist');
  await mkdir(distPath);
  await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
  await copyFile(await processBundle(), path.join(distPath, 'runtimeProcess.js'));
  return { root, distPath };
}

/** The share of words that were recognised wrongly: replaced, left out or invented. */
export function wordErrorRate(said: string, heard: string): number {
  const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  const [wanted, found] = [words(said), words(heard)];
  let row = Array.from({ length: found.length + 1 }, (_, index) => index);
  for (const [index, word] of wanted.entries()) {
    const next = [index + 1];
    for (const [other, candidate] of found.entries()) {
      const replaced = (row[other] ?? 0) + (word === candidate ? 0 : 1);
      next.push(Math.min(replaced, (row[other + 1] ?? 0) + 1, (next[other] ?? 0) + 1));
    }
    row = next;
  }
  return (row.at(-1) ?? 0) / Math.max(1, wanted.length);
}
