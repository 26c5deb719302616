import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { AsrError } from '../../../src/common/asrError';
import { collidingPaths, pathProblem } from '../../../src/cache/safePath';
import { silentLogger } from '../../../src/common/logger';
import {
  CacheFixture,
  commitOf,
  exists,
  install,
  listing,
  made,
  specOf,
  treeEntry,
} from './support/cacheFixture';

/** Names that a hostile or careless hub could send; every one must be refused on every platform and disk. */
const harmful: readonly string[] = [
  '',
  '.',
  '..',
  '/',
  '//',
  '/etc/passwd',
  '../x',
  '../../x',
  'a/../b',
  'a/../../b',
  'a/..',
  './a',
  'a/./b',
  'a//b',
  'a/',
  '..\\x',
  'a\\..\\..\\b',
  '\\x',
  '\\\\server\\share\\x',
  '//server/share/x',
  '\\\\?\\C:\\x',
  '\\\\.\\pipe\\x',
  'C:',
  'C:x',
  'C:\\x',
  'c:/x',
  'z:',
  'a\0b',
  '\0',
  'a/b\0.bin',
  'a\nb',
  'a\rb',
  'a\tb',
  'a\u0007b',
  'a\u007fb',
  'a\u0085b',
  '...',
  '.. ',
  '.. /x',
  '~',
  '~/x',
  'a\ud800b',
  '\udc00',
  '.git/config',
  '.GIT/hooks/post-checkout',
  'a/.git',
  '.git./config',
  'git~1/config',
  'model\u202enib.exe',
  'mo\u200bdel.bin',
  '\ufeffmodel.bin',
  'a\u2066b',
  'a\u2028b',
  'soft\u00adhyphen.bin',
];

/** Names that some disk can't hold, or makes something else of. */
const unportable: readonly string[] = [
  '. .',
  'a/C:b',
  'file:stream',
  'a.bin::$DATA',
  'con',
  'CON',
  'Con.txt',
  'nul',
  'NUL.bin',
  'a/aux',
  'aux/a',
  'prn.tar.gz',
  'com1',
  'COM9.bin',
  'lpt1',
  'com¹',
  'lpt³.x',
  'con .txt',
  'conin$',
  'CONOUT$',
  'clock$',
  'a.',
  'a ',
  'a./b',
  'a /b',
  'a<b',
  'a>b',
  'a"b',
  'a|b',
  'a?b',
  'a*b',
  'x'.repeat(241),
  'é'.repeat(121),
  `${'d/'.repeat(330)}x`,
  `${'long-name-'.repeat(20)}/${'long-name-'.repeat(20)}/${'long-name-'.repeat(20)}/${'long-name-'.repeat(20)}`,
];
const hostile = [...harmful, ...unportable];

const harmless: readonly string[] = [
  'config.json',
  'onnx/model.onnx',
  'a/b/c/d/e.bin',
  '.gitattributes',
  'model-00001-of-00002.safetensors',
  'ggml-tiny.en-q5_1.bin',
  'été/模型.bin',
  'a b/c d.txt',
  'a..b',
  '..a',
  'a...b',
  'console.txt',
  'nullable',
  'com',
  'com10',
  'lpt',
  'auxiliary/x',
  'a=b&c;d,e(f)[g]{h}!@#$%^+',
  '🎙️.wav',
  '-',
  '_',
];

describe('names from outside', () => {
  for (const name of hostile) {
    it(`refuses ${JSON.stringify(name.slice(0, 40))}`, () =>
      assert.notEqual(pathProblem(name), undefined));
  }

  it('takes ordinary names', () =>
    assert.deepEqual(
      harmless.filter((name) => pathProblem(name) !== undefined),
      [],
    ));

  it('never takes a path that leaves its folder, by either system’s rules', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      'C:',
      'a',
      'con',
      ' ',
      '\0',
      '//',
      '~',
      '%2e%2e',
      ':',
      '...',
      'ü',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
        ),
        (name) => {
          if (pathProblem(name) !== undefined) return;
          for (const { resolve, root, sep } of [
            {
              resolve: (...parts: string[]) => path.posix.resolve(...parts),
              root: '/cache/repo',
              sep: '/',
            },
            {
              resolve: (...parts: string[]) => path.win32.resolve(...parts),
              root: 'C:\\cache\\repo',
              sep: '\\',
            },
          ]) {
            const resolved = resolve(root, name);
            assert.ok(resolved.startsWith(root + sep), resolved);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('refuses names that are one file where case or Unicode form does not count', () => {
    for (const pair of [
      ['a.bin', 'A.bin'],
      ['é.bin', 'e\u0301.bin'],
      ['d/x', 'D/X'],
      ['same', 'same'],
      ['a', 'a/b'],
      ['A', 'a/b'],
      ['x/y', 'X'],
    ]) {
      assert.equal(collidingPaths(pair, true).size, 1, String(pair));
    }
    assert.equal(collidingPaths(['a/b', 'a/c', 'ab'], true).size, 0);
    assert.equal(collidingPaths(['a.bin', 'A.bin', 'A', 'a/b'], false).size, 0);
    assert.equal(collidingPaths(['a', 'a/b'], false).size, 1);
  });
});

describe('a hostile answer of a hub', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
  });
  afterEach(() => cache.remove());

  it('writes nothing at all, whichever name it puts where', async () => {
    const file = made('model.bin', 'bytes', true);
    // On any disk for what does harm, on one that takes Windows' names for the rest.
    const onWindows = cache.open({ ports: { names: 'windows' } });
    await install(cache.store, specOf('org/there', [file]), [file]);
    for (const name of hostile) {
      const before = await listing(cache.root);
      if (harmful.includes(name)) {
        await assert.rejects(
          cache.store.prepare(specOf('org/x', [{ ...file, path: name }])),
          isUnsupported,
          name,
        );
      }
      await assert.rejects(
        onWindows.prepare(specOf('org/x', [{ ...file, path: name }])),
        isUnsupported,
        name,
      );
      await assert.rejects(
        cache.store.prepare(specOf('org/x', [file], { revision: name })),
        isUnsupported,
        name,
      );
      await assert.rejects(
        cache.store.prepare(specOf('org/x', [file], { repo: name })),
        isUnsupported,
        name,
      );
      await assert.rejects(
        cache.store.prepare(specOf('org/x', [file], { repo: `org/${name}` })),
        isUnsupported,
        name,
      );
      await assert.rejects(
        cache.store.prepare(specOf('org/x', [file], { commit: name })),
        isUnsupported,
        name,
      );
      await assert.rejects(
        cache.store.removeFiles(name, commitOf('x'), ['model.bin']),
        isUnsupported,
        name,
      );
      await assert.rejects(
        cache.store.removeFiles('org/x', name, ['model.bin']),
        isUnsupported,
        name,
      );
      assert.deepEqual(await listing(cache.root), before);
    }
  });

  it('is refused for an unwanted file too when its name could lead out', async () => {
    const wanted = made('model.bin', 'bytes', true);
    const tree = [treeEntry(wanted), treeEntry({ ...wanted, path: '../../evil' })];
    await assert.rejects(
      cache.store.prepare({ ...specOf('org/x', [wanted]), tree }),
      isUnsupported,
    );
    assert.deepEqual(await listing(cache.root), []);
  });

  it('is refused when a digest is none, since digests become file names', async () => {
    const file = made('model.bin', 'bytes', true);
    const [entry] = specOf('org/x', [file]).tree;
    assert.ok(entry);
    for (const hex of [
      '',
      '..',
      '../../../evil',
      'A'.repeat(64),
      'a'.repeat(63),
      'a'.repeat(40),
      `${'a'.repeat(64)}/x`,
    ]) {
      const tree = [{ ...entry, digest: { algorithm: 'sha256' as const, hex } }];
      await assert.rejects(
        cache.store.prepare({ ...specOf('org/x', [file]), tree }),
        isUnsupported,
        hex,
      );
    }
    assert.deepEqual(await listing(cache.root), []);
  });

  it('survives prototype names in a file list', async () => {
    const file = made('__proto__', 'bytes', true);
    const prepared = await cache.store.prepare(specOf('org/x', [file]));
    await fs.writeFile(prepared.files[0]?.partialPath ?? '', file.content);
    await prepared.publish('__proto__');
    await prepared.complete();
    await prepared.release();
    assert.deepEqual(
      (await cache.store.scan()).repos[0]?.snapshots[0]?.tree?.map((entry) => entry.path),
      ['__proto__'],
    );
  });
});

describe('names that only some disks can hold', () => {
  let cache: CacheFixture;
  beforeEach(async () => {
    cache = await CacheFixture.create();
  });
  afterEach(() => cache.remove());
  const files = [
    made('model.bin', 'bytes', true),
    made('README.md', 'one'),
    made('readme.md', 'other'),
    made('what is it?.png', 'a picture'),
    made('assets/12:30.wav', 'a recording'),
  ];
  const spec = specOf('org/odd', files);
  const there = async (): Promise<readonly string[] | undefined> =>
    (await cache.open().scan()).repos[0]?.snapshots[0]?.files.map((file) => file.path).sort();

  it('are stored where the disk holds them', async function () {
    if (process.platform === 'win32') this.skip(); // No disk of its holds them.
    await install(cache.open({ ports: { names: 'any', ignoresCase: false } }), spec, files);
    assert.deepEqual(await there(), [
      'README.md',
      'assets/12:30.wav',
      'model.bin',
      'readme.md',
      'what is it?.png',
    ]);
  });

  it('are left out where it does not, and named; the model is whole without them', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (line: string) => warnings.push(line) };
    await install(
      cache.open({ logger, ports: { names: 'windows', ignoresCase: true } }),
      spec,
      files,
    );
    assert.deepEqual(await there(), ['README.md', 'model.bin']);
    for (const name of ['readme.md', 'what is it?.png', 'assets/12:30.wav']) {
      assert.ok(
        warnings.some((line) => line.includes(name)),
        name,
      );
    }
    const tree = (await cache.open().scan()).repos[0]?.snapshots[0]?.tree;
    assert.deepEqual(tree?.map((entry) => entry.path).sort(), ['README.md', 'model.bin']);
  });

  it('are found out by trying: a name longer than this disk’s', async () => {
    const long = made(`${'n'.repeat(251)}.png`, 'a picture');
    const tooLong = made(`${'n'.repeat(252)}.png`, 'a picture');
    const all = [...files.slice(0, 1), long, tooLong];
    await install(cache.open({ ports: { names: 'any' } }), specOf('org/odd', all), all);
    assert.deepEqual(await there(), ['model.bin', long.path]);
  });

  it('of a file of the model are an error that says which, and nothing of it is written', async () => {
    const store = cache.open({ ports: { names: 'windows', ignoresCase: true } });
    const odd = [
      [made('model.bin', 'bytes', true), made('Model.bin', 'other', true)],
      [made('model.bin', 'bytes', true), made('vocab?.json', '{}')],
      [made('aux.onnx', 'bytes', true)],
    ];
    for (const model of odd) {
      await assert.rejects(store.prepare(specOf('org/odd', model)), (error) => {
        assert.ok(error instanceof AsrError);
        assert.match(error.message, /Model\.bin|vocab\?\.json|aux\.onnx/);
        return error.code === 'unsupported';
      });
      assert.equal(await exists(cache.hub('models--org--odd')), false);
    }
  });
});

describe('links planted in the cache', () => {
  let cache: CacheFixture;
  let outside: string;
  beforeEach(async () => {
    cache = await CacheFixture.create({ ownsRoot: true });
    outside = path.join(cache.root, 'outside');
    await fs.mkdir(path.join(outside, 'deep'), { recursive: true });
    await fs.writeFile(path.join(outside, 'precious.txt'), 'precious');
    await fs.writeFile(path.join(outside, 'deep/precious.txt'), 'precious');
  });
  afterEach(() => cache.remove());

  it('can’t lead a download out of the root', async () => {
    const file = made('model.bin', 'bytes', true);
    for (const part of ['', 'blobs', 'snapshots', 'partial', 'trees', 'refs']) {
      const repo = cache.hub('models--org--x');
      await fs.rm(repo, { recursive: true, force: true });
      await fs.mkdir(part === '' ? cache.hubRoot : repo, { recursive: true });
      await fs.symlink(outside, path.join(repo, part).replace(/\/$/, ''));
      const before = await listing(outside);
      const install = async (): Promise<void> => {
        const prepared = await cache.store.prepare(specOf('org/x', [file]));
        try {
          await fs.writeFile(prepared.files[0]?.partialPath ?? '', file.content);
          await prepared.publish('model.bin');
          await prepared.complete();
        } finally {
          await prepared.release();
        }
      };
      await assert.rejects(
        install(),
        (error) => error instanceof AsrError && error.code === 'diskPermission',
        part,
      );
      assert.deepEqual(await listing(outside), before, part);
    }
  });

  it('are removed, and what they lead to stays', async () => {
    const file = made('model.bin', 'bytes', true);
    const spec = specOf('org/x', [file]);
    const prepared = await cache.store.prepare(spec);
    await fs.writeFile(prepared.files[0]?.partialPath ?? '', file.content);
    await prepared.publish('model.bin');
    await prepared.complete();
    await prepared.release();
    const snapshot = cache.hub('models--org--x/snapshots', spec.commit);
    await fs.symlink(path.join(outside, 'precious.txt'), path.join(snapshot, 'out.txt'));
    await fs.symlink(outside, path.join(snapshot, 'folder'));
    const before = await listing(outside);
    const report = await cache.store.scan();
    assert.deepEqual(
      report.repos[0]?.snapshots[0]?.files.map((one) => one.path),
      ['model.bin'],
    );
    assert.equal(report.problems.length > 0, true);
    await cache.store.removeFiles('org/x', spec.commit, [
      'model.bin',
      'out.txt',
      'folder/precious.txt',
      'folder',
    ]);
    await cache.store.clear();
    assert.deepEqual(await listing(outside), before);
    assert.equal(await exists(snapshot), false);
  });
});

function isUnsupported(error: unknown): boolean {
  return error instanceof AsrError && error.code === 'unsupported';
}
