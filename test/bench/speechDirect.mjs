// An engine called directly, without the runtime: the peer of the speech bench, in a process of its own. The argument is
// JSON: engine, files (by their role), samplesPath (32-bit floats, 16 kHz mono), threads. Prints what it measured as JSON.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

/** What models of 30 s windows take at once, in samples. */
const window = 30 * 16_000;
const require = createRequire(import.meta.url);

/** Each loads a model and gives back what transcribes samples. */
const engines = {
  'sherpa-onnx'({ files, threads }) {
    const { OfflineRecognizer } = require('sherpa-onnx-node');
    const recognizer = new OfflineRecognizer({
      featConfig: { sampleRate: 16_000, featureDim: 80 },
      modelConfig: {
        moonshine: { encoder: files.encoder, mergedDecoder: files.mergedDecoder },
        tokens: files.tokens,
        numThreads: threads,
        provider: 'cpu',
        debug: 0,
      },
    });
    return (samples) => {
      const stream = recognizer.createStream();
      stream.acceptWaveform({ sampleRate: 16_000, samples });
      recognizer.decode(stream);
      return recognizer.getResult(stream).text;
    };
  },
  async 'transcribe.cpp'({ files, threads }) {
    const { TranscribeModel } = await import('transcribe-cpp');
    const model = await TranscribeModel.load(files.model, { backend: 'cpu' });
    const session = model.createSession({ nThreads: threads });
    return async (samples) => (await session.run(samples, {})).text;
  },
  async 'whisper.cpp'({ files, threads }) {
    const { WhisperContext } = require(`@fugood/node-whisper-${process.platform}-${process.arch}`);
    const context = await new WhisperContext({ filePath: files.model, useGpu: false });
    return async (samples) => {
      const pcm = Int16Array.from(samples, (sample) => Math.round(sample * 32_767));
      const options = { maxThreads: threads, language: 'auto' };
      const { segments } = await context.transcribeData(pcm.buffer, options).promise;
      return segments.map(({ text }) => text).join('');
    };
  },
};

const task = JSON.parse(process.argv[2] ?? '');
const { buffer } = new Uint8Array(await readFile(task.samplesPath));
const samples = new Float32Array(buffer);
const loadStartMs = performance.now();
const transcribe = await engines[task.engine](task);
const loadMs = performance.now() - loadStartMs;
const startMs = performance.now();
const texts = [];
for (let at = 0; at < samples.length; at += window)
  texts.push(await transcribe(samples.slice(at, at + window)));
const elapsedMs = performance.now() - startMs;
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
process.stdout.write(
  `${JSON.stringify({ loadMs, elapsedMs, peakMiB: Number(peak) / 1024, text: texts.join(' ') })}\n`,
);
// An engine's threads would keep the process.
process.exit(0);
