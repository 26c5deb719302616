import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LoadPlan } from '../../../src/runtime/format/loadPlan';
import { withShortPaths } from '../../../src/runtime/process/shortPaths';
import { TempFolder } from './support';

describe('a model whose path is longer than Windows’ functions take', () => {
  const folder = new TempFolder();
  beforeEach(() => folder.create());
  afterEach(() => folder.remove());
  const long = path.join(...['a', 'b', 'c'].map((letter) => letter.repeat(90)));
  const limit = { platform: 'win32', longest: 259 } as const;
  const ggml = (modelPath: string): LoadPlan => ({
    engine: 'whisper.cpp',
    kind: 'whisper',
    modelPath,
    multilingual: true,
  });
  const shortNames = (): readonly string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('asr-short-'));

  it('has a short one while it is loaded, and loses nothing by it', async () => {
    const file = await folder.write(path.join(long, 'model.bin'), 'weights');
    const before = shortNames();
    const text = await withShortPaths(
      ggml(file),
      (plan) => {
        assert.ok(plan.engine === 'whisper.cpp');
        assert.ok(plan.modelPath.length < 200, plan.modelPath);
        return Promise.resolve(readFileSync(plan.modelPath, 'utf8'));
      },
      limit,
    );
    assert.equal(text, 'weights');
    await assert.rejects(
      withShortPaths(ggml(file), () => Promise.reject(new Error('no engine')), limit),
      /no engine/,
    );
    assert.deepEqual(shortNames(), before);
    assert.equal(readFileSync(file, 'utf8'), 'weights');
  });

  it('has one for each part that needs it', async () => {
    const part = async (
      name: string,
    ): Promise<
      { absolutePath: string } & Record<'path' | 'role', string> & { sizeBytes: number }
    > => ({
      path: name,
      role: '',
      absolutePath: await folder.write(name, name),
      sizeBytes: 1,
    });
    const [model, tokens] = [await part(path.join(long, 'model.onnx')), await part('tokens.txt')];
    const plan: LoadPlan = { engine: 'sherpa-onnx', kind: 'sense-voice', parts: { model, tokens } };
    await withShortPaths(
      plan,
      (given) => {
        assert.ok(given.engine === 'sherpa-onnx');
        assert.deepEqual(given.parts.tokens, tokens);
        const { absolutePath = '' } = given.parts.model ?? {};
        assert.ok(absolutePath.length < 200);
        assert.equal(readFileSync(absolutePath, 'utf8'), path.join(long, 'model.onnx'));
        return Promise.resolve();
      },
      limit,
    );
  });

  it('keeps it on other systems, and where it is short enough', async () => {
    for (const [file, given] of [
      [`/m/${'x'.repeat(300)}`, { platform: 'linux', longest: 259 } as const],
      ['/m/model.bin', limit],
    ] as const) {
      const plan = ggml(file);
      assert.equal(await withShortPaths(plan, (each) => Promise.resolve(each), given), plan);
    }
  });
});
