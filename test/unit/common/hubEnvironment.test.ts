import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  cleanToken,
  environmentToken,
  expandPath,
  hubAddress,
  isSendableToken,
  otherCaches,
  type Environment,
} from '../../../src/common/hubEnvironment';

describe('the settings of other Hub clients on this machine', () => {
  let home: string;
  let before: string;

  beforeEach(async () => {
    before = process.cwd();
    home = await mkdtemp(path.join(tmpdir(), 'asr-home-'));
  });
  afterEach(async () => {
    process.chdir(before);
    await rm(home, { recursive: true, force: true });
  });

  async function put(relative: string, text: string): Promise<string> {
    const file = path.join(home, relative);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  const standard = path.join('.cache', 'huggingface', 'token');

  it('is found at its standard place', async () => {
    assert.equal(await environmentToken({}, home), undefined);
    const file = await put(standard, 'hf_standard\n');
    assert.deepEqual(await environmentToken({}, home), {
      token: 'hf_standard',
      place: { kind: 'file', path: file },
    });
  });

  for (const name of ['HF_HOME', 'HF_TOKEN_PATH', 'XDG_CACHE_HOME']) {
    for (const value of ['', ' ', '.', 'token', './', 'huggingface', '$NOT_SET/x', '%NOT_SET%/x']) {
      it(`${name}=“${value}” never reads a file of the current folder`, async () => {
        for (const file of ['token', 'huggingface/token', 'hub/x', '.cache/x'])
          await put(`cwd/${file}`, 'hf_of_a_project');
        process.chdir(path.join(home, 'cwd'));
        assert.equal(await environmentToken({ [name]: value }, home), undefined);
        await put(standard, 'hf_standard');
        assert.equal((await environmentToken({ [name]: value }, home))?.token, 'hf_standard');
        for (const folder of otherCaches({ [name]: value }, home))
          assert.ok(path.isAbsolute(folder));
      });
    }
  }

  const ways: readonly (readonly [Environment, string])[] = [
    [{ HF_HOME: '~/hf' }, 'hf/token'],
    [{ HF_HOME: '$HOME/hf' }, 'hf/token'],
    [{ HF_HOME: '${HOME}/hf' }, 'hf/token'],
    [{ HF_HOME: '${userHome}/hf' }, 'hf/token'],
    [{ HF_HOME: '$DATA/hf', DATA: 'DATA' }, 'data/hf/token'],
    [{ HF_HOME: '%DATA%/hf', DATA: 'DATA' }, 'data/hf/token'],
    [{ HF_TOKEN_PATH: '~/secret.txt' }, 'secret.txt'],
    [{ HF_TOKEN_PATH: '$HOME/secret.txt', HF_HOME: '/nowhere' }, 'secret.txt'],
    [{ XDG_CACHE_HOME: '~/caches' }, 'caches/huggingface/token'],
    [{ XDG_CACHE_HOME: '$HOME/caches', HF_HOME: '' }, 'caches/huggingface/token'],
  ];
  for (const [environment, where] of ways) {
    it(`is found with ${JSON.stringify(environment)}`, async () => {
      const file = await put(where, 'hf_there');
      const given = { HOME: home, ...environment, DATA: path.join(home, 'data') };
      assert.deepEqual(await environmentToken(given, home), {
        token: 'hf_there',
        place: { kind: 'file', path: file },
      });
    });
  }

  it('is the first variable that is filled, and says which', async () => {
    const variable = async (environment: Environment): Promise<unknown> =>
      (await environmentToken(environment, home))?.place;
    const old = { HUGGING_FACE_HUB_TOKEN: 'hf_old' };
    assert.deepEqual(await variable({ HF_TOKEN: 'hf_new', ...old }), {
      kind: 'environment',
      variable: 'HF_TOKEN',
    });
    assert.deepEqual(await variable({ HF_TOKEN: '', ...old }), {
      kind: 'environment',
      variable: 'HUGGING_FACE_HUB_TOKEN',
    });
    for (const off of ['1', 'true', 'YES', ' on ']) {
      assert.equal(
        await variable({ HF_TOKEN: 'hf_new', HF_HUB_DISABLE_IMPLICIT_TOKEN: off }),
        undefined,
      );
    }
  });

  it('names the caches, most specific first, each once', () => {
    const usual = path.join('/home/me', '.cache', 'huggingface', 'hub');
    assert.deepEqual(otherCaches({}, '/home/me'), [usual]);
    assert.deepEqual(
      otherCaches({ HF_HOME: '', XDG_CACHE_HOME: '', HF_HUB_CACHE: '' }, '/home/me'),
      [usual],
    );
    assert.deepEqual(
      otherCaches(
        { HF_HUB_CACHE: '~/a', HUGGINGFACE_HUB_CACHE: '$HOME/b', HF_HOME: '/c', HOME: '/home/me' },
        '/home/me',
      ),
      [path.normalize('/home/me/a'), path.normalize('/home/me/b'), path.join('/c', 'hub'), usual],
    );
  });
});

describe('a token as it is pasted', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['hf_abc', 'hf_abc'],
    [' hf_abc \r\n', 'hf_abc'],
    ['\ufeffhf_abc', 'hf_abc'],
    ['hf_a\u200bbc\u200b', 'hf_abc'],
    ['hf_\u00adabc\u2060', 'hf_abc'],
    ['hf_a\u00a0bc', 'hf_abc'],
    ['“hf_abc”', 'hf_abc'],
    ['‘hf_abc’', 'hf_abc'],
    ['«hf_abc»', 'hf_abc'],
    ['"hf_abc"', 'hf_abc'],
    ["'hf_abc'", 'hf_abc'],
    ['`hf_abc`', 'hf_abc'],
    ['<hf_abc>', 'hf_abc'],
    ['HF_TOKEN=hf_abc', 'hf_abc'],
    ['export HF_TOKEN="hf_abc"', 'hf_abc'],
    ['Bearer hf_abc', 'hf_abc'],
    ['hf_\nabc', 'hf_abc'],
    ['', undefined],
    [' \u200b ', undefined],
    ['“”', undefined],
  ];
  for (const [text, expected] of cases) {
    it(`${JSON.stringify(text)} is ${String(expected)}`, () =>
      assert.equal(cleanToken(text), expected));
  }

  it('can be sent only when a header can hold it', () => {
    assert.ok(isSendableToken('hf_abc') && isSendableToken('eyJ.a-b_c+/=~'));
    for (const bad of ['', 'hf_…', 'hf_ä', 'hf_a b', 'hf_a\n', 'hf_\u{1f600}'])
      assert.ok(!isSendableToken(bad), bad);
  });
});

describe('a path in the environment', () => {
  it('has what stands for a folder expanded, once, and the rest left alone', () => {
    const environment = { A: '/a', B: '$A', HOME: '/home/me' };
    const expanded = (text: string): string => expandPath(text, environment, '/home/me');
    assert.equal(expanded('~'), '/home/me');
    assert.equal(expanded('~\\x'), '/home/me\\x');
    assert.equal(expanded('~other/x'), '~other/x');
    assert.equal(expanded('/x/~/y'), '/x/~/y');
    assert.equal(expanded('$B/x'), '$A/x');
    assert.equal(expanded('/x/$NONE/${A}'), '/x/$NONE//a');
    assert.equal(expandPath('~/x', {}, '/home/a$&b'), '/home/a$&b/x');
  });
});

describe('the address of a hub', () => {
  for (const [text, expected] of [
    [undefined, undefined],
    ['', undefined],
    [' ', undefined],
    ['https://hub.example/', 'https://hub.example'],
    [' https://hub.example/a// ', 'https://hub.example/a'],
    ['hub.example', 'https://hub.example'],
    ['hub.example:8443/hf', 'https://hub.example:8443/hf'],
    ['localhost:4000', 'http://localhost:4000'],
    ['127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['[::1]:4000', 'http://[::1]:4000'],
    ['ftp://hub.example', 'ftp://hub.example'],
    ['https://', 'https://'],
  ] as const) {
    it(`${String(text)} is ${String(expected)}`, () => assert.equal(hubAddress(text), expected));
  }
});
