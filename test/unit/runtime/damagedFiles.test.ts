import assert from 'node:assert/strict';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { AsrError } from '../../../src/common/asrError';
import type { ModelOnDisk, Runtime, RuntimeOptions } from '../../../src/runtime';
import { ggufModel, nemoCtcModel, whisperGgml, type ModelFiles } from '../../hub/models';
import { childrenOf, removeBundle, TempFolder, testRuntime, tone } from './support';

const never = new AbortController().signal;
const nothing = (): void => undefined;

interface EngineCase {
  readonly name: string;
  readonly format: string;
  readonly files: () => ModelFiles;
  /** The file that is damaged. */
  readonly weights: string;
  readonly options?: Partial<RuntimeOptions>;
}

const engines: readonly EngineCase[] = [
  { name: 'sherpa-onnx', format: 'onnx-sherpa', files: nemoCtcModel, weights: 'model.onnx' },
  {
    name: 'sherpa-onnx as WebAssembly',
    format: 'onnx-sherpa',
    files: nemoCtcModel,
    weights: 'model.onnx',
    options: { preferWasm: true },
  },
  {
    name: 'whisper.cpp',
    format: 'ggml',
    files: () => ({ 'ggml-tiny.bin': whisperGgml() }),
    weights: 'ggml-tiny.bin',
  },
  {
    name: 'transcribe.cpp',
    format: 'gguf-transcribe-cpp',
    files: () => ({ 'tiny.gguf': ggufModel() }),
    weights: 'tiny.gguf',
  },
];

/** Contents whose size is believed, as that of an imported file is. */
const contents: readonly (readonly [string, (whole: Buffer) => Buffer | string])[] = [
  ['no bytes', () => ''],
  ['text', () => 'not a model, but words. '.repeat(400)],
  ['a page', () => '<!DOCTYPE html><html><body>Sign in</body></html>'],
  ['a pointer', () => 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n'],
  ['zeros', (whole) => Buffer.alloc(whole.length)],
  ['its first 4 bytes', (whole) => whole.subarray(0, 4)],
  ['its first 40 bytes', (whole) => whole.subarray(0, 40)],
  ['its first quarter', (whole) => whole.subarray(0, whole.length / 4)],
  ['its first half', (whole) => whole.subarray(0, whole.length / 2)],
  ['three quarters', (whole) => whole.subarray(0, (whole.length * 3) / 4)],
  ['all but 64 bytes', (whole) => whole.subarray(0, whole.length - 64)],
  ['another engine’s model', (whole) => (whole.length < 10_000 ? whisperGgml() : ggufModel())],
];

for (const { name, format, files, weights, options = {} } of engines) {
  describe(`${name}: a file that is damaged ends in its sentence, with no process left`, () => {
    const folder = new TempFolder();
    let runtime: Runtime;
    before(async () => {
      await folder.create();
      runtime = await testRuntime(options);
    });
    after(async () => {
      await runtime.unload();
      await folder.remove();
      await removeBundle();
    });
    afterEach(async () => assert.deepEqual(await childrenOf(process.pid), []));

    const model = (damaged?: Buffer | string): Promise<ModelOnDisk> =>
      folder.model(format, {
        ...files(),
        ...(damaged === undefined ? {} : { [weights]: damaged }),
      });
    const whole = (): Buffer => Buffer.from(files()[weights] ?? '');
    const pathOf = (of: ModelOnDisk): string =>
      of.files.find(({ path }) => path === weights)?.absolutePath ?? '';

    /** Loading, or else the first transcription, must fail, and say what to do. */
    async function fails(of: ModelOnDisk, text: RegExp): Promise<void> {
      const use = async (): Promise<unknown> => {
        await runtime.load(of, { threads: 1 }, nothing, never);
        return runtime.transcribe({ samples: tone(1) }, {}, nothing, never);
      };
      await assert.rejects(use, (error: unknown) => {
        assert.ok(error instanceof AsrError, String(error));
        assert.ok(['integrity', 'unsupported', 'runtime'].includes(error.code), error.code);
        assert.match(error.message, text);
        return true;
      });
      await runtime.unload();
    }

    for (const [content, damage] of contents) {
      it(`that holds ${content}`, async () => {
        await fails(await model(damage(whole())), /Verify|Choose/);
      });
    }

    it('that is missing, or a folder', async () => {
      const tiny = await model();
      await rm(pathOf(tiny));
      await fails(tiny, /is missing\. Verify/);
      await mkdir(pathOf(tiny));
      await fails(tiny, /instead of.*Verify/);
      await rm(pathOf(tiny), { recursive: true });
    });

    it('that is a byte shorter, or a thousand bytes longer, than its model’s list says', async () => {
      const shorter = await model();
      await truncate(pathOf(shorter), whole().length - 1);
      await fails(shorter, /instead of.*Verify/);
      const longer = await model();
      await writeFile(pathOf(longer), Buffer.concat([whole(), Buffer.alloc(1000)]));
      await fails(longer, /instead of.*Verify/);
    });

    it('and a good one loads after all of them', async () => {
      await runtime.load(await model(), { threads: 1 }, nothing, never);
      await runtime.transcribe({ samples: tone(1) }, {}, nothing, never);
      await runtime.unload();
    });
  });
}
