import assert from 'node:assert/strict';
import { mkdir, readFile, rm } from 'node:fs/promises';
import type { ErrorCode } from '../../../src/protocol/errorCode';
import type { ModelOnDisk, Runtime } from '../../../src/runtime';
import { childEnvironment } from '../../../src/runtime/child/runtimeProcess';
import { readGgufHeader } from '../../../src/runtime/format/ggufHeader';
import { ggufModel, whisperGgml, type TinyGgufOptions } from '../../hub/models';
import {
  childrenOf,
  failsWith,
  fakeProcess,
  processBundle,
  removeBundle,
  TempFolder,
  testRuntime,
  tone,
} from './support';

const never = new AbortController().signal;
const nothing = (): void => undefined;
const encoder = 'stt.gigaam.encoder';

describe('a GGUF model', () => {
  const folder = new TempFolder();
  let runtime: Runtime;
  beforeEach(async () => {
    await folder.create();
    runtime = await testRuntime();
  });
  afterEach(async () => {
    await runtime.unload();
    assert.deepEqual(await childrenOf(process.pid), []);
    await folder.remove();
  });
  after(removeBundle);

  const model = (bytes: Buffer | string): Promise<ModelOnDisk> =>
    folder.model('gguf-transcribe-cpp', { 'tiny.gguf': bytes });

  describe('transcribes', () => {
    it('audio longer than its limit in pieces, each with its time', async () => {
      await runtime.load(await model(ggufModel()), { threads: 1 }, nothing, never);
      const { segments } = await runtime.transcribe({ samples: tone(60) }, {}, nothing, never);
      assert.deepEqual(
        segments.map(({ text }) => text),
        ['hello tiny model', 'hello tiny model', 'hello tiny model'],
      );
      for (const [index, { startMs }] of segments.entries()) {
        const beforeMs = segments[index - 1]?.startMs ?? 0;
        assert.ok(startMs - beforeMs <= 25_000, `${String(beforeMs)} to ${String(startMs)}`);
      }
    });

    it('in the language that is asked for, and in its own when it does not know that one', async () => {
      const bytes = ggufModel({ metadata: { 'general.languages': ['en', 'de'] } });
      await runtime.load(await model(bytes), { threads: 1 }, nothing, never);
      for (const language of ['de', 'fi', undefined]) {
        const options = language === undefined ? {} : { language };
        const result = await runtime.transcribe({ samples: tone(1) }, options, nothing, never);
        assert.equal(result.segments[0]?.text, 'hello tiny model');
      }
    });

    it('on the processor where there is no graphics card, and says so', async () => {
      const loaded = await runtime.load(
        await model(ggufModel()),
        { device: 'cpu' },
        nothing,
        never,
      );
      assert.match(loaded.engineDescription, /^transcribe\.cpp 0\.2\.3 \(CPU\)$/);
      assert.equal(loaded.onGpu, false);
    });

    it('and stops when it is cancelled, with the model still loaded', async () => {
      await runtime.load(await model(ggufModel()), { threads: 1 }, nothing, never);
      const abort = new AbortController();
      const ended = runtime.transcribe(
        { samples: tone(600) },
        {},
        () => abort.abort(),
        abort.signal,
      );
      await assert.rejects(ended, { name: 'Cancelled' });
      const again = await runtime.transcribe({ samples: tone(1) }, {}, nothing, never);
      assert.equal(again.segments[0]?.text, 'hello tiny model');
    });
  });

  it('a Whisper file of whisper.cpp loads where the addon of whisper.cpp can’t', async () => {
    const bundle = JSON.stringify(await processBundle());
    const withoutAddon = `
      const { Module } = require('node:module');
      const load = Module._load;
      Module._load = function (name, ...rest) {
        if (name.startsWith('@fugood/')) throw new Error("version 'GLIBC_2.34' not found");
        return load.call(this, name, ...rest);
      };
      require(${bundle});`;
    runtime = await testRuntime({ processPath: await fakeProcess(withoutAddon) });
    const whisper = await folder.model('ggml', { 'ggml-tiny.bin': whisperGgml() });
    const loaded = await runtime.load(whisper, {}, nothing, never);
    assert.match(loaded.engineDescription, /^transcribe\.cpp/);
    const { segments } = await runtime.transcribe({ samples: tone(2) }, {}, nothing, never);
    // The model's words follow from positions, which another engine's prompt shifts.
    assert.match(segments[0]?.text ?? '', /^hello/);
  });

  it('never writes its activations to the disk, and never loads another library', () => {
    const env = childEnvironment({
      TRANSCRIBE_DUMP_DIR: '/x',
      TRANSCRIBE_LIBRARY: '/y',
      PATH: '/z',
    });
    assert.deepEqual(env, { ELECTRON_RUN_AS_NODE: '1', GGML_NO_BACKTRACE: '1', PATH: '/z' });
  });

  describe('that is bad is refused before a process is started:', () => {
    const page = '<!DOCTYPE html><html>Sign in</html>';
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n';
    const bigEndian = ggufModel();
    bigEndian.writeUInt32BE(3, 4);
    const cases: readonly (readonly [string, Buffer | string, ErrorCode, RegExp])[] = [
      ['no bytes', '', 'integrity', /is empty\. Verify/],
      ['text', 'a model'.repeat(99), 'integrity', /is not what its name says \(found: unknown\)/],
      ['a page', page, 'integrity', /a page or a pointer \(html\)/],
      ['a pointer', pointer, 'integrity', /a page or a pointer \(lfs-pointer\)/],
      ['only the magic', 'GGUF', 'integrity', /damaged or cut off/],
      ['40 bytes of it', ggufModel().subarray(0, 40), 'integrity', /damaged or cut off/],
      ['version 1', ggufModel({ version: 1 }), 'unsupported', /version 1; versions 2 and 3/],
      ['version 99', ggufModel({ version: 99 }), 'unsupported', /version 99; versions 2 and 3/],
      ['big-endian', bigEndian, 'unsupported', /versions 2 and 3 can be loaded\. Choose another/],
      [
        'a language model',
        ggufModel({ metadata: { 'general.architecture': 'llama' } }),
        'unsupported',
        /of the kind “llama”, which the runtime does not know/,
      ],
      [
        'a model that tells speakers apart',
        ggufModel({ metadata: { 'general.architecture': 'sortformer' } }),
        'unsupported',
        /tells speakers apart but does not transcribe/,
      ],
      [
        'no architecture',
        ggufModel({ metadata: { 'general.architecture': undefined } }),
        'integrity',
        /damaged or cut off/,
      ],
      [
        'a number for an architecture',
        ggufModel({ metadata: { 'general.architecture': 5 } }),
        'integrity',
        /damaged or cut off/,
      ],
    ];
    for (const [name, bytes, code, text] of cases) {
      it(name, async () => {
        runtime = await testRuntime({ processPath: '/nowhere/process.js' });
        await assert.rejects(
          runtime.load(await model(bytes), {}, nothing, never),
          failsWith(code, text),
        );
      });
    }

    it('a missing file, and a folder in its place', async () => {
      const tiny = await model(ggufModel());
      const file = tiny.files[0]?.absolutePath ?? '';
      await rm(file);
      await assert.rejects(
        runtime.load(tiny, {}, nothing, never),
        failsWith('integrity', /is missing/),
      );
      await mkdir(file);
      await assert.rejects(
        runtime.load(tiny, {}, nothing, never),
        failsWith('integrity', /instead of/),
      );
    });
  });

  describe('that is bad and looks good ends in its sentence, with no process left:', () => {
    const whole = ggufModel();
    const damaged = /could not use Tiny\. Verify the model to repair it/;
    const changed = (metadata: TinyGgufOptions['metadata']): Buffer =>
      ggufModel(metadata === undefined ? {} : { metadata });
    /** With a count of the header (tensors at byte 8, entries at byte 16) that the file can't hold. */
    const counted = (at: 8 | 16, count: bigint): Buffer => {
      const bytes = Buffer.from(whole);
      bytes.writeBigUInt64LE(count, at);
      return bytes;
    };
    /** With another type (at 0) or offset (at 4) of a tensor; they stand behind its name and its two dimensions. */
    const withTensor = (write: (bytes: Buffer, at: number) => void): Buffer => {
      const bytes = Buffer.from(whole);
      const name = 'head.ctc.weight';
      const dimensionsAt = bytes.indexOf(name) + name.length;
      write(bytes, dimensionsAt + 4 + bytes.readUInt32LE(dimensionsAt) * 8);
      return bytes;
    };
    const cases: readonly (readonly [string, Buffer, RegExp])[] = [
      ...[200, 1000, 3000, 5000, whole.length - 64].map(
        (bytes) => [`cut to ${String(bytes)} bytes`, whole.subarray(0, bytes), damaged] as const,
      ),
      ['a key is missing', changed({ [`${encoder}.d_model`]: undefined }), damaged],
      ['a key is of another type', changed({ [`${encoder}.d_model`]: 'eight' }), damaged],
      ['a key is there twice', ggufModel({ twice: `${encoder}.d_model` }), damaged],
      ['a tensor is missing', ggufModel({ withoutTensor: 'head.ctc.weight' }), damaged],
      ['2147483648 tensors', counted(8, 2n ** 31n), damaged],
      ['2^60 tensors', counted(8, 2n ** 60n), damaged],
      ['2147483648 entries', counted(16, 2n ** 31n), damaged],
      ['2^60 entries', counted(16, 2n ** 60n), damaged],
      [
        'a tensor has another type',
        withTensor((bytes, at) => bytes.writeUInt32LE(26, at)),
        damaged,
      ],
      [
        'a tensor of a type that there is not',
        withTensor((bytes, at) => bytes.writeUInt32LE(99, at)),
        damaged,
      ],
      [
        'a tensor lies beyond the end',
        withTensor((bytes, at) => bytes.writeBigUInt64LE(2n ** 40n, at + 4)),
        damaged,
      ],
      ['a tensor has another shape', changed({ [`${encoder}.d_ff`]: 16 }), damaged],
      [
        'a vocabulary that it can’t read',
        changed({ 'tokenizer.ggml.model': 'x' }),
        /does not know this kind/,
      ],
      [
        '2147483647 layers',
        changed({ [`${encoder}.n_layers`]: 2 ** 31 - 1 }),
        /not enough memory for Tiny/,
      ],
      ['-1 layers', changed({ [`${encoder}.n_layers`]: 2 ** 32 - 1 }), damaged],
      ['no layers', changed({ [`${encoder}.n_layers`]: 0 }), damaged],
      [
        'heads that don’t divide the width',
        changed({ [`${encoder}.n_heads`]: 8 }),
        /contents of Tiny don’t fit together/,
      ],
      [
        'a step of nothing',
        changed({ 'stt.frontend.hop_length': 0 }),
        /contents of Tiny don’t fit together/,
      ],
    ];
    for (const [name, bytes, text] of cases) {
      it(name, async () => {
        const tiny = await model(bytes);
        const use = async (): Promise<unknown> => {
          await runtime.load(tiny, { threads: 1 }, nothing, never);
          return runtime.transcribe({ samples: tone(1) }, {}, nothing, never);
        };
        await assert.rejects(use, (error: Error) => {
          assert.match(error.message, text);
          return true;
        });
        await runtime.unload();
        assert.deepEqual(await childrenOf(process.pid), []);
      });
    }
  });

  it('has its architecture read behind a vocabulary, and from as few bytes as there are', async () => {
    const architecture = 'general.architecture';
    const late = ggufModel({
      metadata: { [architecture]: undefined, numbers: 5, list: ['a', 'b'] },
    });
    const path = await folder.write('late.gguf', late);
    assert.deepEqual(await readGgufHeader(path), { version: 3 });
    const whole = ggufModel();
    for (let bytes = 0; bytes < 400; bytes += 7) {
      const cut = await folder.write('cut.gguf', whole.subarray(0, bytes));
      const header = await readGgufHeader(cut);
      assert.ok(header.architecture === undefined || header.architecture === 'gigaam');
    }
    assert.equal((await readFile(path)).length, late.length);
  });
});
