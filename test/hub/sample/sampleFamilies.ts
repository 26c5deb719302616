import { shardNames } from './sampleRepos';

/** A variant of a sample model: the files of its repository that it consists of. */
export interface SampleVariant {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly repo: string;
  readonly files: readonly { readonly path: string; readonly role: string }[];
  readonly gated?: boolean;
  /** Why it is recommended. */
  readonly starter?: string;
  readonly quantization?: string;
  /** The memory need in the catalog. */
  readonly memory?: { readonly megabytes: number; readonly kind: string };
}

/** Variants that share a file format, as catalogs group them. */
export interface SampleFamily {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly format:
    | 'ggml'
    | 'gguf-transcribe-cpp'
    | 'onnx-sherpa'
    | 'onnx-transformers'
    | 'ctranslate2'
    | 'unknown';
  readonly loaders: readonly string[];
  readonly variants: readonly SampleVariant[];
}

const tokens = { path: 'tokens.txt', role: 'tokens' } as const;

/** The models in the catalog of the sample hub. */
export const sampleFamilies: readonly SampleFamily[] = [
  {
    id: 'sample-whisper',
    name: 'Sample Whisper (whisper.cpp)',
    description: 'Generated on the spot; says the same words to any audio.',
    format: 'ggml',
    loaders: ['whisper.cpp', '@fugood/whisper.node'],
    variants: [
      {
        id: 'sample-whisper-hello',
        name: 'Sample Whisper hello',
        description: 'Always says "hello model".',
        repo: 'samples/whisper.cpp',
        files: [{ path: 'ggml-hello.en.bin', role: 'model' }],
        starter: 'The smallest thing that can be downloaded, loaded and tried',
        quantization: 'f16',
      },
      {
        id: 'sample-whisper-hello-multilingual',
        name: 'Sample Whisper hello, multilingual',
        description: 'Always says "hello model", whatever the language.',
        repo: 'samples/whisper.cpp',
        files: [{ path: 'ggml-hello.bin', role: 'model' }],
        quantization: 'f16',
      },
      {
        id: 'sample-whisper-fox',
        name: 'Sample Whisper fox',
        description: 'Always says the sentence of the quick brown fox.',
        repo: 'samples/whisper.cpp',
        files: [{ path: 'ggml-fox.en.bin', role: 'model' }],
        quantization: 'f16',
      },
      {
        id: 'sample-whisper-gated',
        name: 'Sample Whisper, gated',
        description: 'Wants a token with access: hf_sample.',
        repo: 'samples/gated-whisper',
        files: [{ path: 'ggml-gated.en.bin', role: 'model' }],
        gated: true,
        quantization: 'f16',
      },
    ],
  },
  {
    id: 'sample-sherpa',
    name: 'Sample sherpa-onnx models',
    description: 'Generated on the spot, without weights; they say the same words to any audio.',
    format: 'onnx-sherpa',
    loaders: ['sherpa-onnx', 'sherpa-onnx-node'],
    variants: [
      {
        id: 'sample-nemo-ctc',
        name: 'Sample NeMo CTC',
        description: 'One graph and its tokens.',
        repo: 'samples/sherpa-onnx-nemo-ctc-tiny-en',
        files: [{ path: 'model.onnx', role: 'model' }, tokens],
      },
      {
        id: 'sample-sense-voice',
        name: 'Sample SenseVoice',
        description: 'One graph and its tokens.',
        repo: 'samples/sherpa-onnx-sense-voice-tiny',
        files: [{ path: 'model.onnx', role: 'model' }, tokens],
      },
      {
        id: 'sample-parakeet-tdt',
        name: 'Sample Parakeet TDT',
        description: 'Three graphs and their tokens.',
        repo: 'samples/sherpa-onnx-nemo-parakeet-tdt-tiny-en',
        files: [
          { path: 'encoder.onnx', role: 'encoder' },
          { path: 'decoder.onnx', role: 'decoder' },
          { path: 'joiner.onnx', role: 'joiner' },
          tokens,
        ],
      },
    ],
  },
  {
    id: 'sample-gguf',
    name: 'Sample GGUF (transcribe.cpp)',
    description: 'Generated on the spot, without weights; says the same words to any audio.',
    format: 'gguf-transcribe-cpp',
    loaders: ['transcribe-cpp (npm)'],
    variants: [
      {
        id: 'sample-gguf-hello',
        name: 'Sample GGUF hello',
        description: 'Always says "hello from a GGUF file".',
        repo: 'samples/hello-gguf',
        files: [{ path: 'hello.gguf', role: 'model' }],
      },
    ],
  },
  {
    id: 'sample-moonshine',
    name: 'Sample Moonshine (transformers.js)',
    description: 'Generated on the spot, without weights; its tokens are made of its tokenizer.',
    format: 'onnx-transformers',
    loaders: ['sherpa-onnx', '@huggingface/transformers'],
    variants: [
      {
        id: 'sample-moonshine-hello',
        name: 'Sample Moonshine hello',
        description: 'Always says "hello moonshine".',
        repo: 'samples/moonshine-hello-ONNX',
        files: [
          { path: 'onnx/encoder_model_quantized.onnx', role: 'encoder' },
          { path: 'onnx/decoder_model_merged_quantized.onnx', role: 'decoder' },
          { path: 'tokenizer.json', role: 'tokenizer' },
          { path: 'config.json', role: 'config' },
        ],
      },
    ],
  },
  {
    id: 'sample-transfer',
    name: 'Sample transfers',
    description:
      'Made-up bytes, to watch, cancel and resume a real transfer. Nothing can load them.',
    format: 'unknown',
    loaders: [],
    variants: [
      {
        id: 'sample-large',
        name: 'Sample large',
        description: 'One large file.',
        repo: 'samples/large',
        files: [{ path: 'large.bin', role: 'model' }],
      },
      {
        id: 'sample-several-files',
        name: 'Sample of several files',
        description: 'Three files of 40 MB and a small one.',
        repo: 'samples/several-files',
        files: [
          { path: 'config.json', role: 'config' },
          ...shardNames.map((path) => ({ path, role: 'model' })),
        ],
      },
    ],
  },
];
