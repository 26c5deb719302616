import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  addressFields,
  exampleNotice,
  projectAddresses,
  relativeLinks,
} from '../../../scripts/package/addresses';
import { storeProblems } from '../../../scripts/package/storeProblems';
import { isObject, type JsonObject, parseJson } from '../../../src/common/json';

const root = path.resolve(__dirname, '../../..');
const own = parseJson(readFileSync(path.join(root, 'package.json'), 'utf8'));
assert.ok(isObject(own));
const manifest: JsonObject = own;

describe('the addresses of the project', () => {
  const of = (repository: unknown, more: JsonObject = {}): ReturnType<typeof projectAddresses> =>
    projectAddresses({ repository, ...more });

  it('follow from the repository alone, in the way of its host', () => {
    assert.deepEqual(of({ type: 'git', url: 'git+https://github.com/a/b.git' }), {
      repository: 'https://github.com/a/b',
      bugs: 'https://github.com/a/b/issues',
      homepage: 'https://github.com/a/b#readme',
      content: 'https://github.com/a/b/blob/HEAD',
      images: 'https://github.com/a/b/raw/HEAD',
      isExample: false,
    });
    assert.equal(
      of('https://gitlab.org.eu/a/c/b/').images,
      'https://gitlab.org.eu/a/c/b/-/raw/HEAD',
    );
    assert.equal(
      of('https://codeberg.org/a/b').content,
      'https://codeberg.org/a/b/src/branch/main',
    );
  });

  it('are the manifest’s own where it states them', () => {
    const stated = { bugs: 'https://bugs.test/', homepage: 'https://home.test/' };
    const { bugs, homepage } = of('https://github.com/a/b', stated);
    assert.deepEqual({ bugs, homepage }, stated);
    const fields = addressFields({ repository: 'https://github.com/a/b', qna: false });
    assert.equal(fields['qna'], false);
  });

  it('are refused when they would not work for readers', () => {
    for (const repository of [undefined, 'a/b', 'git@github.com:a/b.git', 'http://a.test/b']) {
      assert.throws(() => of(repository), /"repository"|package\.json/);
    }
  });

  it('are named while they are examples, and only then', () => {
    const noticeOf = (url: string): string | undefined => exampleNotice({ repository: { url } });
    for (const host of ['example.com', 'code.example.org', 'code.example']) {
      assert.match(noticeOf(`https://${host}/a/b`) ?? '', /are examples/);
    }
    for (const host of ['github.com', 'myexample.com', 'example.com.de']) {
      assert.equal(noticeOf(`https://${host}/a/b`), undefined);
    }
  });

  it('are set in one line: nothing else in the manifest repeats the repository', () => {
    const { hostname } = new URL(projectAddresses(manifest).repository);
    const lines = readFileSync(path.join(root, 'package.json'), 'utf8').split('\n');
    assert.equal(lines.filter((line) => line.includes(hostname)).length, 1);
  });

  it('find the links of a text that a store could not follow', () => {
    const text =
      '![a](media/a.png) [b](https://a.test) [c](#c) [d](docs/d.md "d") [e](http://a.test)';
    assert.deepEqual(relativeLinks(text), ['media/a.png', 'docs/d.md', 'http://a.test']);
  });
});

describe('what the stores ask of a package', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-stores-'));
    const parts = ['package.nls.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'media/icon.png'];
    for (const name of parts) await cp(path.join(root, name), path.join(folder, name));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function problemsWith(change: JsonObject): Promise<readonly string[]> {
    const staged = { ...manifest, ...addressFields(manifest), ...change };
    await writeFile(path.join(folder, 'package.json'), JSON.stringify(staged));
    return await storeProblems(folder);
  }

  it('is there in this project, and its changelog begins with the manifest’s version', async () => {
    assert.deepEqual(await problemsWith({}), []);
  });

  const broken: readonly (readonly [JsonObject, RegExp])[] = [
    [{ publisher: undefined }, /publisher/],
    [{ publisher: 'ASR Tools' }, /publisher/],
    [{ name: 'a b' }, /name/],
    [{ version: '0.1.0-beta' }, /version is not three numbers/],
    [{ version: '0.2.0' }, /CHANGELOG\.md begins with/],
    [{ engines: {} }, /engines/],
    [{ license: undefined }, /licence/],
    [{ dependencies: undefined }, /packages/],
    [{ displayName: '%no.such.key%' }, /displayName/],
    [{ description: 'x'.repeat(3000) }, /description/],
    [{ description: 'a\u200bb' }, /description/],
    [{ categories: ['Speech'] }, /category Speech/],
    [{ categories: [] }, /no category/],
    [{ keywords: Array.from({ length: 31 }, (_, at) => `k${at}`) }, /No more than 30/],
    [{ keywords: ['asr', 'asr'] }, /twice/],
    [{ repository: undefined }, /repository/],
    [{ bugs: { url: 'http://a.test' } }, /bugs/],
    [{ homepage: 'home' }, /homepage/],
    [{ qna: undefined }, /qna/],
    [{ pricing: 'Paid' }, /pricing/],
    [{ galleryBanner: { color: 'blue', theme: 'dark' } }, /colour/],
    [{ galleryBanner: { color: '#000000', theme: 'blue' } }, /theme/],
    [{ icon: 'media/icon.svg' }, /icon is missing/],
    [{ icon: 'media/none.png' }, /square/],
  ];

  for (const [change, expected] of broken) {
    it(`is missed in ${JSON.stringify(change).slice(0, 50)} (${expected.source})`, async () => {
      assert.match((await problemsWith(change)).join('\n'), expected);
    });
  }

  it('includes the files that people read', async () => {
    for (const [name, expected] of [
      ['README.md', /README\.md/],
      ['CHANGELOG.md', /CHANGELOG\.md/],
      ['LICENSE', /LICENSE/],
    ] as const) {
      await rm(path.join(folder, name));
      assert.match((await problemsWith({})).join('\n'), expected);
    }
  });
});
