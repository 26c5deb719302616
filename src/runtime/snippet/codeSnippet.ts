import path from 'node:path';
import { inferFormat } from '../format/inferFormat';
import {
  sherpaFamily,
  sherpaParts,
  type SherpaFamily,
  type SherpaParts,
} from '../format/sherpaFamily';
import type { CodeSnippet, ModelOnDisk } from '../model';
import { commandText, shellKind, type ShellKind } from './shell';

type PartOptions = Readonly<Partial<Record<keyof SherpaParts, string>>>;

const transducer: PartOptions = { encoder: '--encoder', decoder: '--decoder', joiner: '--joiner' };

/** The options of sherpa-onnx's command line by which each family's parts are named. */
const optionsByFamily: Readonly<Partial<Record<SherpaFamily, PartOptions>>> = {
  transducer,
  'nemo-transducer': transducer,
  'streaming-transducer': transducer,
  whisper: { encoder: '--whisper-encoder', decoder: '--whisper-decoder' },
  canary: { encoder: '--canary-encoder', decoder: '--canary-decoder' },
  'fire-red-asr': { encoder: '--fire-red-asr-encoder', decoder: '--fire-red-asr-decoder' },
  'moonshine-v1': {
    preprocessor: '--moonshine-preprocessor',
    encoder: '--moonshine-encoder',
    uncachedDecoder: '--moonshine-uncached-decoder',
    cachedDecoder: '--moonshine-cached-decoder',
  },
  'moonshine-v2': {
    encoder: '--moonshine-encoder',
    mergedDecoder: '--moonshine-merged-decoder',
  },
  'sense-voice': { model: '--sense-voice-model' },
  paraformer: { model: '--paraformer' },
  'nemo-ctc': { model: '--nemo-ctc-model' },
  'zipformer-ctc': { model: '--zipformer-ctc-model' },
  'wenet-ctc': { model: '--wenet-ctc-model' },
  'telespeech-ctc': { model: '--telespeech-ctc' },
  dolphin: { model: '--dolphin-model' },
  omnilingual: { model: '--omnilingual-asr-model' },
};

/**
 * Code that loads a downloaded model in the program that its format is for: whisper.cpp, sherpa-onnx, faster-whisper,
 * transformers, transformers.js, NeMo, onnx-asr, Moonshine, transcribe.cpp. Undefined for a format
 * without such a program. `family`: of a sherpa-onnx model whose metadata was read. `shell`: the one that commands are for;
 * absent: the usual one of this system.
 */
export function codeSnippet(
  model: ModelOnDisk,
  family?: SherpaFamily,
  shell: ShellKind = shellKind(undefined),
): CodeSnippet | undefined {
  const file = largestFile(model);
  const format =
    model.format === 'unknown' ? inferFormat(model.files.map((each) => each.path)) : model.format;
  switch (format) {
    case 'ggml':
      return file === undefined
        ? undefined
        : command(commandText(shell, ['whisper-cli', '-m', file, '-f', 'audio.wav']));
    case 'gguf-transcribe-cpp':
      return file === undefined
        ? undefined
        : command(commandText(shell, ['transcribe-cli', '-m', file, 'audio.wav']));
    case 'ctranslate2':
      return python(
        '# pip install faster-whisper',
        'from faster_whisper import WhisperModel',
        '',
        `model = WhisperModel(${literal(model.folder)}, device="auto", compute_type="auto")`,
        'segments, info = model.transcribe("audio.wav")',
        'for segment in segments:',
        '    print(f"[{segment.start:.2f} -> {segment.end:.2f}] {segment.text}")',
      );
    case 'transformers':
      return python(
        '# pip install transformers torch accelerate',
        'from transformers import pipeline',
        '',
        'recognize = pipeline(',
        `    "automatic-speech-recognition", model=${literal(model.folder)}, device_map="auto"`,
        ')',
        'print(recognize("audio.wav", return_timestamps=True)["text"])',
      );
    case 'nemo':
      return file === undefined
        ? undefined
        : python(
            '# pip install "nemo_toolkit[asr]"',
            'import nemo.collections.asr as nemo_asr',
            '',
            `model = nemo_asr.models.ASRModel.restore_from(${literal(file)})`,
            'print(model.transcribe(["audio.wav"])[0])',
          );
    case 'onnx-asr':
      return python(
        '# pip install "onnx-asr[cpu]"',
        'import onnx_asr',
        '',
        `model = onnx_asr.load_model(${literal(onnxAsrKind(model))}, ${literal(model.folder)})`,
        'print(model.recognize("audio.wav"))',
      );
    case 'onnx-transformers':
      return transformersJs(model);
    case 'onnx-moonshine':
      return moonshineSnippet(model);
    case 'onnx-sherpa':
      return sherpaSnippet(model, family, shell);
    default:
      return undefined;
  }
}

/** transformers.js takes the layout of a folder with models in it, and decoded samples. */
function transformersJs(model: ModelOnDisk): CodeSnippet {
  const dtype = { encoder_model: 'fp32', decoder_model_merged: 'fp32' };
  for (const { path: name } of model.files) {
    const [, part, suffix = ''] =
      /^onnx\/(encoder_model|decoder_model_merged)(_\w+)?\.onnx$/.exec(name) ?? [];
    const kind = suffix === '_quantized' ? 'q8' : suffix.slice(1);
    if (part === 'encoder_model' || part === 'decoder_model_merged') dtype[part] = kind || 'fp32';
  }
  return {
    languageId: 'javascript',
    text: [
      '// npm install @huggingface/transformers wavefile',
      "import { readFileSync } from 'node:fs';",
      "import { env, pipeline } from '@huggingface/transformers';",
      "import wavefile from 'wavefile';",
      '',
      'env.allowRemoteModels = false;',
      `env.localModelPath = ${literal(path.dirname(model.folder))};`,
      'const recognize = await pipeline(',
      `  'automatic-speech-recognition', ${literal(path.basename(model.folder))},`,
      `  { dtype: ${JSON.stringify(dtype)} },`,
      ');',
      "const wave = new wavefile.WaveFile(readFileSync('audio.wav'));",
      "wave.toBitDepth('32f');",
      'wave.toSampleRate(16000);',
      'const samples = wave.getSamples(false, Float32Array);',
      'const { text } = await recognize(Array.isArray(samples) ? samples[0] : samples);',
      'console.log(text);',
      '',
    ].join('\n'),
  };
}

function moonshineSnippet(model: ModelOnDisk): CodeSnippet {
  const size = /tiny|base|small|medium/.exec(model.modelId)?.[0] ?? 'base';
  return python(
    '# pip install moonshine-voice',
    'from moonshine_voice import ModelArch, Transcriber, load_wav_file',
    '',
    `transcriber = Transcriber(${literal(model.folder)}, ModelArch.${size.toUpperCase()}_STREAMING)`,
    'samples, rate = load_wav_file("audio.wav")',
    'for line in transcriber.transcribe_without_streaming(samples, rate).lines:',
    '    print(line.text)',
  );
}

function sherpaSnippet(
  model: ModelOnDisk,
  family: SherpaFamily | undefined,
  shell: ShellKind,
): CodeSnippet | undefined {
  const found = sherpaArguments(model, family);
  if (found === undefined) return undefined;
  return command(commandText(shell, [...found, 'audio.wav'], 'lines'));
}

/**
 * A sherpa-onnx model's command line; undefined for a family whose
 * options are not known, or a model that lacks a part. `known`: what its metadata says it is; absent: its names decide.
 */
function sherpaArguments(model: ModelOnDisk, known?: SherpaFamily): readonly string[] | undefined {
  const parts = sherpaParts(model.files);
  const family = known ?? sherpaFamily(parts, new Map(), `${model.modelId} ${model.folder}`);
  const options = family === undefined ? undefined : optionsByFamily[family];
  if (family === undefined || options === undefined) return undefined;
  const named: [keyof SherpaParts, string][] = [['tokens', '--tokens']];
  for (const part of Object.keys(parts) as (keyof SherpaParts)[]) {
    const option = options[part];
    if (option !== undefined) named.push([part, option]);
  }
  if (named.length !== Object.keys(options).length + 1) return undefined;
  const paths = named.map(([part, option]) => `${option}=${parts[part]?.absolutePath ?? ''}`);
  const program = family === 'streaming-transducer' ? 'sherpa-onnx' : 'sherpa-onnx-offline';
  const type = family === 'nemo-transducer' ? ['--model-type=nemo_transducer'] : [];
  return [program, ...paths, ...type];
}

function onnxAsrKind({ modelId, folder }: ModelOnDisk): string {
  const hint = `${modelId} ${folder}`.toLowerCase();
  if (hint.includes('canary')) return 'nemo-conformer-aed';
  if (hint.includes('ctc')) return 'nemo-conformer-ctc';
  return hint.includes('rnnt') ? 'nemo-conformer-rnnt' : 'nemo-conformer-tdt';
}

function largestFile(model: ModelOnDisk): string | undefined {
  return [...model.files].sort((a, b) => b.sizeBytes - a.sizeBytes)[0]?.absolutePath;
}

function python(...lines: string[]): CodeSnippet {
  return { languageId: 'python', text: `${lines.join('\n')}\n` };
}

function command(line: string): CodeSnippet {
  return { languageId: 'shellscript', text: `${line}\n` };
}

/** A JSON string is a Python string too. */
function literal(text: string): string {
  return JSON.stringify(text);
}
