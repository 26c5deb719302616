import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { frameList, gifArguments, pngArguments } from '../../../scripts/pictures/images';
import { imageSize } from '../../../scripts/pictures/imageSize';
import { plan, type PicturePlan } from '../../../scripts/pictures/plan';
import {
  digestInputs,
  formatRecords,
  outdated,
  outdatedText,
  parseRecords,
  type PictureRecords,
} from '../../../scripts/pictures/records';
import { servedCatalog } from '../../../scripts/pictures/servedCatalog';
import { isObject, parseJson } from '../../../src/common/json';
import { generatedContent } from '../../hub';
import { TempFolder } from '../runtime/support';

const root = path.resolve(__dirname, '../../..');
const pictures = path.join(root, 'docs', 'pictures');

/** The plan with the digests that its inputs have below a folder. */
async function recordsOf(
  folder: string,
  plan: readonly PicturePlan[],
): Promise<Record<string, PictureRecords[string]>> {
  const records: Record<string, PictureRecords[string]> = {};
  for (const { file, inputs } of plan) {
    records[file] = { width: 4, height: 2, inputs: await digestInputs(folder, inputs) };
  }
  return records;
}

describe('the pictures of the documents', () => {
  let records: PictureRecords = {};

  before(async () => {
    records = parseRecords(await readFile(path.join(pictures, 'pictures.json'), 'utf8'));
  });

  it('are those of the plan, and nothing else lies in their folder', async () => {
    const planned = plan.map(({ file }) => file).sort();
    assert.deepEqual(Object.keys(records).sort(), planned);
    const files = (await readdir(pictures)).filter((name) => name !== 'pictures.json');
    assert.deepEqual(files.sort(), planned);
  });

  for (const { file, inputs } of plan) {
    it(`${file} is an image of the stated size, shown by a document, with digests of its inputs`, async () => {
      const { width, height } = records[file] ?? {};
      const type = path.extname(file).slice(1);
      assert.deepEqual(imageSize(await readFile(path.join(pictures, file))), {
        type,
        width,
        height,
      });
      const documents = [...(await documentsIn(root)), ...(await documentsIn('docs'))];
      const texts = await Promise.all(documents.map((name) => readFile(name, 'utf8')));
      assert.ok(texts.some((text) => new RegExp(`!\\[[^\\]]+\\]\\([^)]*${file}\\)`).test(text)));
      const digests = Object.entries(records[file]?.inputs ?? {});
      for (const [input, digest] of digests) assert.match(digest, /^[0-9a-f]{16}$/, input);
      assert.ok(digests.length >= 2 && inputs.length >= 2);
    });
  }

  it('are determined by files that are there', async () => {
    const absent = await digestInputs(root, ['no/such/folder/']);
    for (const { inputs } of plan) {
      for (const [input, digest] of Object.entries(await digestInputs(root, inputs))) {
        assert.notEqual(digest, absent['no/such/folder/'], input);
      }
    }
  });

  async function documentsIn(folder: string): Promise<string[]> {
    const names = await readdir(path.resolve(root, folder));
    return names.filter((name) => name.endsWith('.md')).map((name) => path.join(folder, name));
  }
});

describe('whether a picture is out of date', () => {
  const folder = new TempFolder();
  const made: readonly PicturePlan[] = [
    { file: 'a.png', inputs: ['src/picker/', 'package.json'] },
    { file: 'b.png', inputs: ['src/panel/'] },
  ];

  beforeEach(async () => {
    await folder.create();
    await folder.write('package.json', '{}\n');
    await folder.write('src/picker/list.ts', 'one\ntwo\n');
    await folder.write('src/picker/deep/row.ts', 'row\n');
    await folder.write('src/panel/page.ts', 'page\n');
  });
  afterEach(() => folder.remove());

  /** The lines about pictures that are out of date after a change. */
  async function after(change: () => Promise<unknown>): Promise<readonly string[]> {
    const records = await recordsOf(folder.path, made);
    assert.deepEqual(await outdated(folder.path, made, records), []);
    await change();
    return outdatedText(await outdated(folder.path, made, records));
  }

  it('names the picture and the input that changed, and no other', async () => {
    const changed = ['a.png is out of date: src/picker/'];
    assert.deepEqual(await after(() => folder.write('src/picker/deep/row.ts', 'new\n')), changed);
    assert.deepEqual(await after(() => folder.write('src/picker/more.ts', '')), changed);
    const manifest = await after(() => folder.write('package.json', '{ "a": 1 }\n'));
    assert.deepEqual(manifest, ['a.png is out of date: package.json']);
  });

  it('tells of two inputs at once', async () => {
    const both = await after(async () => {
      await folder.write('package.json', '[]');
      await folder.write('src/picker/list.ts', 'one');
    });
    assert.deepEqual(both, ['a.png is out of date: src/picker/, package.json']);
  });

  it('takes no notice of line ends, and of files beside an input', async () => {
    const crlf = after(() => folder.write('src/picker/list.ts', 'one\r\ntwo\r\n'));
    assert.deepEqual(await crlf, []);
    assert.deepEqual(await after(() => folder.write('src/other.ts', 'other')), []);
    assert.deepEqual(await after(() => folder.write('package.json.old', '{}')), []);
  });

  it('tells a text that moved to another file from one that stayed', async () => {
    const moved = await after(async () => {
      await folder.write('src/picker/list.ts', '');
      await folder.write('src/picker/deep/row.ts', 'one\ntwo\nrow\n');
    });
    assert.deepEqual(moved, ['a.png is out of date: src/picker/']);
  });

  it('names a picture that was never taken, and one that got another input', async () => {
    const { 'a.png': first } = await recordsOf(folder.path, made);
    assert.ok(first);
    const planned = [{ file: 'a.png', inputs: ['src/picker/', 'src/panel/'] }, made[1]];
    const found = await outdated(
      folder.path,
      planned.filter((picture) => picture !== undefined),
      { 'a.png': first },
    );
    assert.deepEqual(outdatedText(found), [
      'a.png is out of date: package.json, src/panel/',
      'b.png was never taken',
    ]);
  });

  it('is told by `npm run pictures -- --check`, with its exit code', async function () {
    this.timeout(60_000);
    const records = path.join(folder.path, 'docs', 'pictures', 'pictures.json');
    await mkdir(path.dirname(records), { recursive: true });
    assert.deepEqual(await check(), { code: 1, first: 'picker.png was never taken' });
    await writeFile(records, formatRecords(await recordsOf(folder.path, plan)));
    assert.deepEqual(await check(), { code: 0, first: 'All pictures show what there is.' });
    await folder.write('src/vscode/picker/askStep.ts', 'changed');
    assert.deepEqual(await check(), {
      code: 1,
      first: 'picker.png is out of date: src/vscode/picker/',
    });
  });

  function check(): Promise<{ code: number; first: string | undefined }> {
    const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const program = path.join(root, 'scripts', 'pictures', 'main.ts');
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [tsx, program, '--check'],
        { cwd: folder.path },
        (_error, stdout) => resolve({ code: child.exitCode ?? -1, first: stdout.split('\n')[0] }),
      );
    });
  }
});

describe('the records of the pictures', () => {
  const record = { width: 10, height: 20, inputs: { 'src/a.ts': '0123456789abcdef' } };

  it('are read as they were written, in the order of their names', () => {
    const text = formatRecords({ 'b.png': record, 'a.png': record });
    assert.ok(text.indexOf('a.png') < text.indexOf('b.png'));
    assert.deepEqual(parseRecords(text), { 'a.png': record, 'b.png': record });
  });

  it('leave out what is not whole', () => {
    const broken = {
      'a.png': { width: '10', height: 20, inputs: {} },
      'b.png': 1,
      'c.png': record,
    };
    assert.deepEqual(parseRecords(JSON.stringify(broken)), { 'c.png': record });
    assert.deepEqual(parseRecords('no JSON'), {});
    const odd = { ...record, inputs: { 'src/a.ts': 5 } };
    assert.deepEqual(parseRecords(JSON.stringify({ 'a.png': odd })), {
      'a.png': { ...record, inputs: {} },
    });
  });
});

describe('the size of an image', () => {
  it('is read from the first bytes of a PNG and of a GIF', () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452000003e80000026c', 'hex');
    assert.deepEqual(imageSize(png), { type: 'png', width: 1000, height: 620 });
    const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0xe8, 0x03, 0x6c, 0x02])]);
    assert.deepEqual(imageSize(gif), { type: 'gif', width: 1000, height: 620 });
  });

  it('is not made up for anything else', () => {
    for (const bytes of ['', 'GIF89', '<svg xmlns="http://www.w3.org/2000/svg"/>']) {
      assert.equal(imageSize(Buffer.from(bytes)), undefined);
    }
    assert.equal(imageSize(Buffer.from('89504e470d0a1a0a', 'hex')), undefined);
  });
});

describe('the order to ffmpeg', () => {
  it('names every frame with its time, the last one in two halves', () => {
    const list = frameList([
      { path: '/tmp/a.png', milliseconds: 120 },
      { path: "/tmp/it's.png", milliseconds: 3000 },
    ]);
    assert.deepEqual(list.split('\n'), [
      'ffconcat version 1.0',
      "file '/tmp/a.png'",
      'duration 0.12',
      "file '/tmp/it'\\''s.png'",
      'duration 1.50',
      "file '/tmp/it'\\''s.png'",
      'duration 1.50',
      '',
    ]);
    assert.equal(frameList([]), 'ffconcat version 1.0\n');
  });

  it('reduces the colours without dithering', () => {
    for (const args of [pngArguments('a.png', 'b.png'), gifArguments('list.txt', 'b.gif')]) {
      assert.match(args.join(' '), /palettegen=.*paletteuse=dither=none/);
      assert.match(args.at(-1) ?? '', /^b\./);
    }
  });
});

describe('the catalog of the pictures', () => {
  const digest = 'f'.repeat(64);
  const catalog = JSON.stringify({
    version: 1,
    families: [
      {
        id: 'family',
        groups: [
          {
            repo: 'org/one',
            revision: 'a'.repeat(40),
            variants: [
              { id: 'wanted', files: [{ path: 'a.bin', sizeBytes: 1000, sha256: digest }] },
              { id: 'other', files: [{ path: 'b.bin', sizeBytes: 7, sha256: digest }] },
            ],
          },
        ],
      },
      {
        id: 'whole family',
        repo: 'org/one',
        groups: [{ variants: [{ id: 'more', files: [{ path: 'c.bin', sizeBytes: 5 }] }] }],
      },
    ],
  });

  it('has the digests of the made-up bytes for the models that are served, in their sizes', async () => {
    const served = await servedCatalog(catalog, ['wanted', 'more']);
    const [repo, ...others] = served.repos;
    assert.ok(repo !== undefined && others.length === 0);
    assert.equal(repo.name, 'org/one');
    assert.deepEqual(Object.keys(repo.files), ['a.bin', 'c.bin']);
    const expected = generatedContent({ sizeBytes: 1000, seed: 'a.bin' });
    const content = repo.files['a.bin'];
    assert.ok(isObject(content) && 'identity' in content);
    assert.equal(content.identity, expected.identity);
    assert.ok(served.catalog.includes(`"sha256":"${await expected.sha256()}"`));
    assert.ok(!served.catalog.includes('"revision"'));
    assert.equal(served.catalog.split(digest).length, 2, 'the other model keeps its digest');
  });

  it('keeps everything else', async () => {
    const served = parseJson((await servedCatalog(catalog, [])).catalog);
    assert.deepEqual(served, parseJson(catalog));
  });

  it('is refused for a model that the catalog lacks, or whose size it lacks', async () => {
    await assert.rejects(servedCatalog(catalog, ['missing']), /no missing/);
    const sizeless = catalog.replace('"sizeBytes":1000,', '');
    await assert.rejects(servedCatalog(sizeless, ['wanted']), /no size for a\.bin/);
  });
});
