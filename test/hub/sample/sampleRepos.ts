import { generatedContent, type HubContent } from '../content';
import {
  ggufModel,
  greedyCtcModel,
  moonshineModel,
  nemoCtcModel,
  nemoTransducerModel,
  senseVoiceModel,
  whisperGgml,
} from '../models';
import type { TestFile } from '../repository';

export interface SampleRepo {
  readonly name: string;
  readonly gated?: 'auto';
  /** As the search of the hub finds it. */
  readonly cardTags?: readonly string[];
  readonly downloads?: number;
  readonly lastModified?: string;
  readonly files: Readonly<Record<string, TestFile>>;
}

const fox = [' the', ' quick', ' brown', ' fox', ' jumps', ' over', ' the', ' lazy', ' dog'];
const shardBytes = 40_000_000;
/** The large files of the model of several files. */
export const shardNames = ['a', 'b', 'c'].map((letter) => `weights/part-${letter}.bin`);

export const sampleLargeBytes = 2_000_000_000;

/** The sha256 of {@link sampleLargeContent} at its full size: hashing it takes seconds. */
export const sampleLargeSha256 = '1f0441dfdc1a0d7d0044bb3f7d5ac25db2da4befaa152847b4a5f011b48c53d9';

/** The large model, generated while it is sent. At another size its digest is computed when it is needed. */
export function sampleLargeContent(sizeBytes: number): HubContent {
  const seed = 'sample-large';
  return sizeBytes === sampleLargeBytes
    ? generatedContent({ sizeBytes, seed, knownSha256: sampleLargeSha256 })
    : generatedContent({ sizeBytes, seed });
}

/** All repositories of the sample hub. */
export function sampleRepos(largeBytes: number): SampleRepo[] {
  const attributes = '*.bin filter=lfs diff=lfs merge=lfs -text\n';
  const readme = (title: string, text: string): string =>
    `---\nlicense: mit\npipeline_tag: automatic-speech-recognition\n---\n# ${title}\n\n${text}\n`;
  const wrongMetadata = nemoCtcModel({ metadata: { model_type: 'nonsense' } });
  const greedy = greedyCtcModel();
  const corrupt = nemoCtcModel();
  const shards = Object.fromEntries(
    shardNames.map((path): [string, TestFile] => [
      path,
      generatedContent({ sizeBytes: shardBytes, seed: path }),
    ]),
  );
  return [
    {
      name: 'samples/whisper.cpp',
      files: {
        '.gitattributes': attributes,
        'README.md': readme('Sample Whisper', 'Says the same words to any audio.'),
        'ggml-hello.en.bin': whisperGgml(),
        'ggml-hello.bin': whisperGgml({ multilingual: true }),
        'ggml-fox.en.bin': whisperGgml({ words: fox, stateSize: 16, endStep: 150 }),
      },
    },
    {
      name: 'samples/sherpa-onnx-nemo-ctc-tiny-en',
      files: { 'README.md': readme('Sample NeMo CTC', 'No weights.'), ...nemoCtcModel() },
    },
    {
      name: 'samples/sherpa-onnx-sense-voice-tiny',
      files: { 'README.md': readme('Sample SenseVoice', 'No weights.'), ...senseVoiceModel() },
    },
    {
      name: 'samples/sherpa-onnx-nemo-parakeet-tdt-tiny-en',
      files: { 'README.md': readme('Sample Parakeet', 'No weights.'), ...nemoTransducerModel() },
    },
    {
      // No catalog has it: only the search of the hub finds it.
      name: 'samples/whisper-found',
      cardTags: ['en', 'de', 'whisper.cpp'],
      downloads: 1234,
      lastModified: '2026-11-01T08:00:00.000Z',
      files: {
        'README.md': readme('Found Whisper', 'No catalog lists it.'),
        'ggml-found.bin': whisperGgml({ words: [' found', ' model'], multilingual: true }),
      },
    },
    {
      name: 'samples/hello-gguf',
      files: {
        'README.md': readme('Sample GGUF', 'No weights.'),
        'hello.gguf': ggufModel({ text: 'hello from a GGUF file' }),
      },
    },
    {
      name: 'samples/moonshine-hello-ONNX',
      files: {
        'README.md': readme('Sample Moonshine', 'No weights, and no tokens.txt.'),
        ...moonshineModel({ words: ['hello', 'moonshine'] }),
      },
    },
    {
      name: 'samples/gated-whisper',
      gated: 'auto',
      files: {
        'README.md': readme('Gated sample', 'Wants a token: hf_sample.'),
        'ggml-gated.en.bin': whisperGgml({ words: [' hello', ' gated', ' model'], stateSize: 16 }),
      },
    },
    {
      name: 'samples/failing',
      files: {
        'ggml-aborts.en.bin': whisperOfThreeHeads(),
        'ggml-hangs.en.bin': whisperGgml({ withoutSpace: true }),
        'wrong-metadata/model.onnx': wrongMetadata['model.onnx'] ?? '',
        'wrong-metadata/tokens.txt': wrongMetadata['tokens.txt'] ?? '',
        'ggml-tight.en.bin': whisperGgml({ words: [' tight'] }),
        'ggml-too-large.en.bin': whisperGgml({ words: [' large'] }),
        'greedy/model.onnx': greedy['model.onnx'] ?? '',
        // Takes seconds for each piece of audio.
        'ggml-slow.en.bin': whisperGgml({ audioLayers: 60 }),
        'corrupt/model.onnx': withUnknownOperator(corrupt['model.onnx']),
        'corrupt/tokens.txt': corrupt['tokens.txt'] ?? '',
        'greedy/tokens.txt': greedy['tokens.txt'] ?? '',
      },
    },
    {
      name: 'samples/faster-whisper',
      files: {
        'config.json': '{ "alignment_heads": [] }\n',
        'model.bin': Buffer.from('\x06\0\0\0\x0c\0WhisperSpec\0', 'latin1'),
        'tokenizer.json': '{ "version": "1.0" }\n',
        'vocabulary.txt': 'hello\nmodel\n',
      },
    },
    {
      name: 'samples/several-files',
      files: { 'config.json': '{ "model_type": "made-up" }\n', ...shards },
    },
    {
      name: 'samples/large',
      files: { 'large.bin': sampleLargeContent(largeBytes) },
    },
  ];
}

/** Three heads don't divide the state of 8, which makes whisper.cpp abort (docs/model-formats.md section 3). */
function whisperOfThreeHeads(): Buffer {
  const bytes = Buffer.from(whisperGgml());
  bytes.writeInt32LE(3, 16);
  return bytes;
}

/** A graph with an operator that no engine knows. */
function withUnknownOperator(model: Buffer | string | undefined): Buffer {
  const bytes = Buffer.from(model ?? '');
  bytes.write('Nonsns', bytes.indexOf('Gather'));
  return bytes;
}
