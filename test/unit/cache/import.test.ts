import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { ImportCandidate, WorkProgress } from '../../../src/cache';
import { readHeader } from '../../../src/cache/modelHeader';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import { CacheFixture, commitOf, listing, made, specOf } from './support/cacheFixture';
import { assertCleanForOthers } from './support/killPoints';

/** The first bytes of a GGML Whisper file with the numbers of "tiny". */
function ggmlTiny(): Buffer {
  const header = Buffer.alloc(48);
  [0x67676d6c, 51_865, 1_500, 384, 6, 4, 448, 384, 6, 4, 80, 1].forEach((value, index) =>
    header.writeUInt32LE(value, index * 4),
  );
  return header;
}

describe('telling what a file is by its first bytes', () => {
  const tar = Buffer.alloc(600);
  tar.write('model_config.yaml', 0);
  tar.write('ustar', 257);
  const safetensors = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]);
  const ctranslate2 = Buffer.concat([
    Buffer.from([6, 0, 0, 0, 12, 0]),
    Buffer.from('WhisperSpec\0'),
  ]);
  const cases: readonly (readonly [string, Buffer, string])[] = [
    ['ggml-tiny.bin', ggmlTiny(), 'ggml whisper tiny'],
    ['x.gguf', Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(40)]), 'gguf'],
    ['model.bin', ctranslate2, 'ctranslate2 WhisperSpec'],
    ['model.safetensors', safetensors, 'safetensors'],
    ['x.nemo', tar, 'nemo'],
    ['x.tar', tar, 'nemo'],
    ['x.zip', Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(30)]), 'notModel archive'],
    ['x.tar.bz2', Buffer.from('BZh91AY&SY'), 'notModel archive'],
    ['x.tgz', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), 'notModel archive'],
    ['model.onnx', Buffer.from([0x08, 0x08, 0x12, 0x07]), 'onnx'],
    [
      'model.ort',
      Buffer.concat([Buffer.alloc(4, 0x20), Buffer.from('ORTM'), Buffer.alloc(8)]),
      'ort',
    ],
    [
      'pytorch_model.bin',
      Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(30)]),
      'pytorch',
    ],
    ['model.bin', Buffer.from('<!DOCTYPE html><html>'), 'notModel html'],
    ['model.gguf', Buffer.from('{"error":"Repository not found"}'), 'notModel json'],
    [
      'model.bin',
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
      'notModel lfsPointer',
    ],
    ['model.bin', Buffer.alloc(0), 'notModel empty'],
    ['model.bin', ggmlTiny().subarray(0, 20), 'notModel truncated'],
    [
      'model.safetensors',
      Buffer.concat([Buffer.from([0xff, 0xff, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]),
      'notModel truncated',
    ],
    ['config.json', Buffer.from('{"model_type":"whisper"}'), 'unknown'],
    ['noise.bin', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9]), 'unknown'],
  ];
  for (const [name, bytes, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      const header = readHeader(name, bytes, bytes.length);
      const detail =
        header.kind === 'notModel'
          ? header.reason
          : header.kind === 'unknown'
            ? undefined
            : header.detail;
      assert.equal([header.kind, detail].filter((part) => part !== undefined).join(' '), expected);
    });
  }
});

describe('importing a local model', () => {
  let cache: CacheFixture;
  let folder: string;
  beforeEach(async () => {
    cache = await CacheFixture.create();
    folder = path.join(cache.root, 'My Models');
    await fs.mkdir(path.join(folder, 'sub'), { recursive: true });
  });
  afterEach(() => cache.remove());
  const write = (name: string, content: Buffer | string): Promise<void> =>
    fs.writeFile(path.join(folder, name), content);

  it('lists an unknown file under its own name, and leaves its origin as it was', async () => {
    await write('my ggml (v2).bin', Buffer.concat([ggmlTiny(), Buffer.alloc(2_000_000, 3)]));
    const before = await listing(folder);
    const progress: WorkProgress[] = [];
    const models = await cache.store.importModel(path.join(folder, 'my ggml (v2).bin'), {
      onProgress: (one) => progress.push(one),
    });
    const [model] = models;
    assert.ok(model !== undefined && models.length === 1);
    assert.deepEqual(
      [model.repo, model.paths, model.recognised, model.header],
      ['local/my-ggml-v2', ['my ggml (v2).bin'], false, { kind: 'ggml', detail: 'whisper tiny' }],
    );
    assert.equal(progress.at(-1)?.doneBytes, 2_000_048);
    assert.deepEqual(await listing(folder), before);
    const report = await cache.store.scan();
    assert.deepEqual(
      report.repos[0]?.snapshots[0]?.files.map((file) => [file.path, file.verified]),
      [['my ggml (v2).bin', true]],
    );
    assert.deepEqual(report.repos[0].snapshots[0].refs, ['main']);
    assertCleanForOthers(cache.hubRoot);
    assert.deepEqual(await cache.store.importModel(path.join(folder, 'my ggml (v2).bin')), models);
  });

  it('recognises a model by its digests and stores it as if it had been downloaded', async () => {
    const files = [
      made('config.json', '{"model_type":"whisper"}'),
      made(
        'sub/model.onnx',
        // A graph with one large tensor.
        Buffer.concat([
          Buffer.from([8, 8, 0x3a, 0x8b, 0x27, 0x2a, 0x88, 0x27]),
          Buffer.alloc(5_000, 1),
        ]),
        true,
      ),
    ];
    for (const file of files) await write(file.path, file.content);
    await write('README.md', 'not a part of it');
    await write('.DS_Store', 'nor this');
    const spec = specOf('org/known', files);
    let asked: readonly ImportCandidate[] = [];
    const [model] = await cache.store.importModel(folder, {
      recognise: (candidates) => {
        asked = candidates;
        const byDigest = new Map(
          candidates.flatMap((one) => [
            [one.sha256, one],
            [one.gitSha1, one],
          ]),
        );
        const found = spec.tree.flatMap((entry) => {
          const candidate = byDigest.get(entry.digest.hex);
          return candidate === undefined ? [] : [{ candidate, path: entry.path }];
        });
        const { repo, commit, tree } = spec;
        const target = { repo, commit, revision: 'main', tree, files: found };
        return Promise.resolve({ known: [target], own: [] });
      },
    });
    assert.deepEqual(asked.map((one) => one.path).sort(), [
      'README.md',
      'config.json',
      'sub/model.onnx',
    ]);
    assert.deepEqual(
      [model?.repo, model?.commit, model?.recognised],
      ['org/known', spec.commit, true],
    );
    const prepared = await cache.store.prepare(spec);
    assert.deepEqual(
      prepared.files.map((file) => file.state),
      ['present', 'present'],
    );
    await prepared.release();
  });

  it('writes no file list where only a part of it is known', async () => {
    await write('model.gguf', Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(100)]));
    await cache.store.importModel(path.join(folder, 'model.gguf'), {
      recognise: ([candidate]) =>
        Promise.resolve({
          known: [
            {
              repo: 'org/gguf',
              commit: commitOf('gguf'),
              revision: 'main',
              files: candidate === undefined ? [] : [{ candidate, path: 'model.gguf' }],
            },
          ],
          own: [],
        }),
    });
    const [snapshot] = (await cache.store.scan()).repos[0]?.snapshots ?? [];
    assert.equal(snapshot?.tree, undefined);
    // Where there are no links, no name of a blob says what the bytes should be.
    const entry = await fs.lstat(
      cache.hub('models--org--gguf/snapshots', commitOf('gguf'), 'model.gguf'),
    );
    assert.equal(snapshot?.files[0]?.verified, entry.isSymbolicLink());
  });

  it('reads a snapshot of a hub cache through its links', async () => {
    await write('blob', Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(100)]));
    await fs.mkdir(path.join(folder, 'snap'));
    await fs.symlink('../blob', path.join(folder, 'snap', 'model.gguf'));
    await fs.symlink('..', path.join(folder, 'snap', 'loop'));
    const [model] = await cache.store.importModel(path.join(folder, 'snap'));
    assert.deepEqual(model?.paths, ['model.gguf']);
    assert.equal((await fs.lstat(path.join(folder, 'snap', 'model.gguf'))).isSymbolicLink(), true);
  });

  it('refuses what is not a model with a sentence, and leaves nothing behind', async () => {
    await write('page.bin', '<!doctype html><title>Sign in</title>');
    await write(
      'pointer.bin',
      'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n',
    );
    await write('answer.gguf', '{"error":"gated"}');
    await write('empty.onnx', '');
    await write('noise.bin', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    for (const [name, pattern] of [
      ['page.bin', /is a web page/],
      ['pointer.bin', /Git LFS pointer/],
      ['answer.gguf', /answer in JSON/],
      ['empty.onnx', /is empty/],
      ['noise.bin', /not a model that can be recognised/],
      ['sub', /not a model that can be recognised/],
      ['nothing', /is not there/],
    ] as const) {
      await assert.rejects(
        cache.store.importModel(path.join(folder, name)),
        (error) => error instanceof AsrError && pattern.test(error.message),
        name,
      );
    }
    assert.deepEqual((await cache.store.scan()).repos, []);
    assert.deepEqual(
      (await listing(cache.hubRoot)).filter((line) => line.includes('staging')),
      [],
    );
  });

  it('stops when cancelled and leaves nothing behind', async () => {
    await write('big.gguf', Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(5_000_000, 1)]));
    const controller = new AbortController();
    await assert.rejects(
      cache.store.importModel(path.join(folder, 'big.gguf'), {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
      (error) => error instanceof Cancelled,
    );
    assert.deepEqual((await cache.store.scan()).repos, []);
    assert.deepEqual(
      (await listing(cache.hubRoot)).filter((line) => line.includes('staging')),
      [],
    );
  });
});
