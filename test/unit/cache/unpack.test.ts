import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { createModelStore, type OpenedModelStore } from '../../../src/cache';
import { archiveKind } from '../../../src/cache/unpack/archiveKind';
import { unpackArchive } from '../../../src/cache/unpack/unpackArchive';
import { AsrError } from '../../../src/common/asrError';
import { systemClock } from '../../../src/common/clock';
import { silentLogger } from '../../../src/common/logger';
import type { ErrorCode } from '../../../src/protocol/errorCode';
import { nemoCtcModel } from '../../hub/models';
import { bundled } from '../download/support/workerBundle';

const plenty = 10 ** 12;

interface Entry {
  readonly name: string;
  readonly type?: 'file' | 'symlink' | 'link' | 'directory' | 'fifo';
  readonly linkname?: string;
  readonly content?: string;
}

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts);
}

function failsWith(code: ErrorCode, text: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof AsrError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
}

describe('an archive is unpacked', () => {
  let root: string;
  let target: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-unpack-'));
    target = path.join(root, 'target');
    await mkdir(target);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function unpack(
    bytes: Buffer,
    options: { readonly freeBytes?: number; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const archive = path.join(root, 'model.tar.bz2');
    await writeFile(archive, bytes);
    const kind = await archiveKind(archive);
    assert.ok(kind !== undefined);
    await unpackArchive(archive, kind, target, {
      workerPath: await bundled('src/cache/unpack/worker.ts'),
      archiveBytes: bytes.length,
      freeBytes: plenty,
      ...options,
    });
  }

  const files = async (): Promise<string[]> => {
    const found = await readdir(target, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  };

  for (const kind of ['tar', 'tar.gz', 'tar.bz2'] as const) {
    it(`${kind}, as the system’s own tar makes it`, async () => {
      const folder = path.join(root, 'sherpa-onnx-tiny');
      await mkdir(path.join(folder, 'test_wavs'), { recursive: true });
      for (const [name, bytes] of Object.entries(nemoCtcModel())) {
        await writeFile(path.join(folder, name), bytes);
      }
      await writeFile(path.join(folder, 'test_wavs', '0.wav'), Buffer.alloc(3_000_000, 'abc'));
      const flag = { tar: '-cf', 'tar.gz': '-czf', 'tar.bz2': '-cjf' }[kind];
      const archive = path.join(root, 'a');
      execFileSync('tar', [flag, archive, '-C', root, 'sherpa-onnx-tiny']);
      assert.equal(await archiveKind(archive), kind);
      await unpack(await readFile(archive));
      assert.deepEqual(await files(), ['0.wav', 'model.onnx', 'tokens.txt']);
      for (const name of ['model.onnx', 'tokens.txt', 'test_wavs/0.wav']) {
        const [was, is] = await Promise.all([
          readFile(path.join(folder, name)),
          readFile(path.join(target, 'sherpa-onnx-tiny', name)),
        ]);
        assert.ok(was.equals(is), name);
      }
    });
  }

  for (const name of [
    '../out.txt',
    'a/../../out.txt',
    '/etc/out.txt',
    'C:\\out.txt',
    'a\\..\\b',
    'nul',
  ]) {
    it(`not with the name ${name}, and nothing is written outside`, async () => {
      const bytes = await tarOf([
        { name: 'good.txt', content: 'x' },
        { name, content: 'x' },
      ]);
      await assert.rejects(unpack(bytes), failsWith('unsupported', /holds the name “/));
      assert.deepEqual((await readdir(root)).sort(), ['model.tar.bz2', 'target']);
    });
  }

  it('without its links, whether they lead out or not', async () => {
    await symlink('/etc', path.join(root, 'elsewhere'));
    const bytes = await tarOf([
      { name: 'out', type: 'symlink', linkname: '../elsewhere' },
      { name: 'hard', type: 'link', linkname: '/etc/passwd' },
      { name: 'pipe', type: 'fifo' },
      { name: 'model.onnx', content: 'bytes' },
    ]);
    await unpack(bytes);
    assert.deepEqual(await files(), ['model.onnx']);
    const through = await tarOf([
      { name: 'out', type: 'symlink', linkname: '../elsewhere' },
      { name: 'out/passwd', content: 'x' },
    ]);
    await rm(target, { recursive: true });
    await mkdir(target);
    await unpack(through);
    assert.ok((await stat(path.join(target, 'out'))).isDirectory());
  });

  it('not when two entries have one name', async () => {
    const bytes = await tarOf([
      { name: 'a', content: 'first' },
      { name: 'a', content: 'second' },
    ]);
    await assert.rejects(unpack(bytes), failsWith('integrity', /can’t be unpacked/));
    assert.equal(await readFile(path.join(target, 'a'), 'utf8'), 'first');
  });

  it('not beyond the free space, nor to far more than a model, nor into thousands of files', async () => {
    const large = gzipSync(await tarOf([{ name: 'zeros', content: '\0'.repeat(60_000_000) }]));
    await assert.rejects(
      unpack(large, { freeBytes: 1_000_000 }),
      failsWith('diskSpace', /not enough space to unpack model\.tar\.bz2: it takes 60/),
    );
    await assert.rejects(unpack(large), failsWith('unsupported', /far larger than any model/));
    const entries = Array.from({ length: 2001 }, (_, index) => ({ name: `f${String(index)}` }));
    await assert.rejects(
      unpack(gzipSync(await tarOf(entries))),
      failsWith('unsupported', /more than 2000 files/),
    );
    await assert.rejects(unpack(await tarOf([{ name: 'd', type: 'directory' }])), /holds no files/);
  });

  it('not when it is cut off or damaged at any place', async () => {
    const folder = path.join(root, 'm');
    await mkdir(folder);
    await writeFile(path.join(folder, 'a'), Buffer.alloc(400_000, 'weights'));
    for (const flag of ['-czf', '-cjf']) {
      const archive = path.join(root, 'a');
      execFileSync('tar', [flag, archive, '-C', root, 'm']);
      const whole = await readFile(archive);
      for (const length of [20, Math.floor(whole.length / 2), whole.length - 8]) {
        await assert.rejects(
          unpack(whole.subarray(0, length)),
          failsWith('integrity', /damaged or cut off/),
          `${flag} ${String(length)} of ${String(whole.length)}`,
        );
        await rm(target, { recursive: true });
        await mkdir(target);
      }
    }
  });

  it('until it is cancelled', async () => {
    const abort = new AbortController();
    const bytes = gzipSync(await tarOf([{ name: 'a', content: 'x'.repeat(5_000_000) }]));
    const ended = unpack(bytes, { signal: abort.signal });
    abort.abort();
    await assert.rejects(ended, { name: 'Cancelled' });
  });
});

describe('an archive with a model in it is imported', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-import-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function store(): Promise<OpenedModelStore> {
    return createModelStore({
      hubRoot: path.join(root, 'hub'),
      stateRoot: path.join(root, 'state'),
      clock: systemClock,
      logger: silentLogger,
      unpackWorkerPath: await bundled('src/cache/unpack/worker.ts'),
    });
  }

  it('as its folder would be, and what was unpacked is gone', async () => {
    const folder = path.join(root, 'sherpa-onnx-tiny');
    await mkdir(folder);
    for (const [name, bytes] of Object.entries(nemoCtcModel())) {
      await writeFile(path.join(folder, name), bytes);
    }
    const archive = path.join(root, 'tiny.tar.bz2');
    execFileSync('tar', ['-cjf', archive, '-C', root, 'sherpa-onnx-tiny']);
    const opened = await store();
    await opened.importModel(archive);
    const { repos } = await opened.scan();
    assert.equal(repos.length, 1);
    const left = await readdir(path.join(root, 'hub'), { recursive: true });
    assert.ok(left.some((name) => name.endsWith('model.onnx')));
    assert.deepEqual(
      left.filter((name) => name.includes('sherpa-onnx-tiny/')),
      left.filter((name) => name.includes('sherpa-onnx-tiny/') && name.includes('models--')),
    );
    assert.ok((await stat(archive)).isFile());
  });

  it('not when it is cut off, and nothing is left', async () => {
    const archive = path.join(root, 'tiny.tar.gz');
    const whole = gzipSync(await tarOf([{ name: 'model.onnx', content: 'x'.repeat(9000) }]));
    await writeFile(archive, whole.subarray(0, whole.length - 10));
    const opened = await store();
    await assert.rejects(opened.importModel(archive), failsWith('integrity', /damaged or cut off/));
    const { repos } = await opened.scan();
    assert.deepEqual(repos, []);
  });
});
