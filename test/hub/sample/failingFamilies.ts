import { totalmem } from 'node:os';
import type { SampleFamily } from './sampleFamilies';

const megabytesHere = totalmem() / 1e6;

/**
 * Models that are complete and pass verification, but end, abort or hang the process that loads them
 * (docs/model-formats.md section 5).
 */
export const failingFamilies: readonly SampleFamily[] = [
  {
    id: 'sample-failing-ggml',
    name: 'Samples that fail (whisper.cpp)',
    description: 'They fail on purpose.',
    format: 'ggml',
    loaders: ['whisper.cpp', '@fugood/whisper.node'],
    variants: [
      {
        id: 'sample-whisper-aborts',
        name: 'Sample Whisper that aborts',
        description: 'Its weights don’t fit together.',
        repo: 'samples/failing',
        files: [{ path: 'ggml-aborts.en.bin', role: 'model' }],
      },
      {
        id: 'sample-whisper-hangs',
        name: 'Sample Whisper that hangs',
        description: 'Its vocabulary lacks the space.',
        repo: 'samples/failing',
        files: [{ path: 'ggml-hangs.en.bin', role: 'model' }],
      },
      {
        id: 'sample-whisper-slow',
        name: 'Sample Whisper that is slow',
        description: 'Takes seconds for each piece of audio.',
        repo: 'samples/failing',
        files: [{ path: 'ggml-slow.en.bin', role: 'model' }],
      },
      {
        id: 'sample-whisper-tight',
        name: 'Sample Whisper in tight memory',
        description: 'Claims to need nearly all memory of this machine.',
        repo: 'samples/failing',
        files: [{ path: 'ggml-tight.en.bin', role: 'model' }],
        memory: { megabytes: megabytesHere * 0.99, kind: 'made up' },
      },
      {
        id: 'sample-whisper-too-large',
        name: 'Sample Whisper that is too large',
        description: 'Claims to need four times the memory of this machine.',
        repo: 'samples/failing',
        files: [{ path: 'ggml-too-large.en.bin', role: 'model' }],
        memory: { megabytes: megabytesHere * 4, kind: 'made up' },
      },
    ],
  },
  {
    id: 'sample-failing-sherpa',
    name: 'Samples that fail (sherpa-onnx)',
    description: 'They fail on purpose.',
    format: 'onnx-sherpa',
    loaders: ['sherpa-onnx', 'sherpa-onnx-node'],
    variants: [
      {
        id: 'sample-nemo-wrong-metadata',
        name: 'Sample NeMo with wrong metadata',
        description: 'Ends the process that loads it.',
        repo: 'samples/failing',
        files: [
          { path: 'wrong-metadata/model.onnx', role: 'model' },
          { path: 'wrong-metadata/tokens.txt', role: 'tokens' },
        ],
      },
      {
        id: 'sample-nemo-corrupt',
        name: 'Sample NeMo that is corrupt',
        description: 'Published with an operator that no engine knows.',
        repo: 'samples/failing',
        files: [
          { path: 'corrupt/model.onnx', role: 'model' },
          { path: 'corrupt/tokens.txt', role: 'tokens' },
        ],
      },
      {
        id: 'sample-nemo-greedy',
        name: 'Sample NeMo that is greedy',
        description: 'Wants more memory than there is, once it hears something.',
        repo: 'samples/failing',
        files: [
          { path: 'greedy/model.onnx', role: 'model' },
          { path: 'greedy/tokens.txt', role: 'tokens' },
        ],
      },
    ],
  },
  {
    id: 'sample-python',
    name: 'Samples for Python',
    description: 'Only Python programs load their format.',
    format: 'ctranslate2',
    loaders: ['faster-whisper (Python)'],
    variants: [
      {
        id: 'sample-faster-whisper',
        name: 'Sample faster-whisper',
        description: 'The beginning of one; nothing can load it.',
        repo: 'samples/faster-whisper',
        files: ['config.json', 'model.bin', 'tokenizer.json', 'vocabulary.txt'].map((path) => ({
          path,
          role: path === 'model.bin' ? 'model' : 'config',
        })),
      },
    ],
  },
];
