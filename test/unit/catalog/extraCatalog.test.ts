import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type CatalogModel, plainFilesCommit } from '../../../src/catalog';
import { readCatalogText } from '../../../src/catalog/readCatalogText';
import { dataPath } from './catalogRows';

const sha256 = 'a'.repeat(64);

function text(...variants: unknown[]): string {
  const family = { id: 'f', name: 'F', format: 'ggml', variants };
  return JSON.stringify({ name: 'Mine', families: [family] }, undefined, 2);
}

function read(...variants: unknown[]): ReturnType<typeof readCatalogText> {
  return readCatalogText(text(...variants), '/catalog.json');
}

const good = { id: 'good', repo: 'org/name', files: [{ path: 'a.bin', sizeBytes: 1, sha256 }] };

describe('reading an extra catalog', () => {
  it('gives its models, and its endpoint and mirrors to each of them', () => {
    const family = {
      id: 'f',
      name: 'F',
      format: 'ggml',
      licence: { id: 'MIT' },
      languages: 'some',
      variants: [good],
    };
    const catalog = {
      $schema: 'x',
      version: 1,
      name: 'Mine',
      endpoint: 'https://hub.example/',
      mirrors: ['https://mirror.example'],
      languages: { some: ['en', 'de'] },
      families: [family],
    };
    const { name, models, problems } = readCatalogText(JSON.stringify(catalog), '/catalog.json');
    assert.deepEqual(problems, []);
    assert.equal(name, 'Mine');
    const [model] = models;
    assert.deepEqual(model?.source, {
      kind: 'hub',
      repo: 'org/name',
      patterns: ['a.bin'],
      endpoint: 'https://hub.example',
      mirrors: ['https://mirror.example'],
    });
    assert.deepEqual(model.languages, ['en', 'de']);
    assert.deepEqual(model.licence, { id: 'MIT', url: 'https://spdx.org/licenses/MIT.html' });
    assert.deepEqual(model.catalog, { id: '/catalog.json', name: 'Mine' });
    assert.equal(model.sizeBytes, 1);
  });

  it('reads the example that comes with the schema', () => {
    const { models, problems } = readCatalogText(
      readFileSync(dataPath('catalog.example.json'), 'utf8'),
      'x',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      models.map((model) => model.id),
      ['sample-hello', 'sample-plain-file', 'sample-large'],
    );
  });

  it('allows comments, trailing commas and a byte order mark', () => {
    const { models, problems } = readCatalogText(
      `\uFEFF// mine\n${text(good).replace('"Mine",', '"Mine", /* so */')}`,
      'x',
    );
    assert.deepEqual(problems, []);
    assert.equal(models.length, 1);
  });

  it('takes plain https files with their digests, each with more addresses', () => {
    const file = {
      path: 'd/a.bin',
      url: 'https://files.example/a.bin',
      mirrors: ['https://b.example/a'],
      sizeBytes: 7,
      sha256,
    };
    const [model] = read({ id: 'plain', files: [file] }).models;
    assert.deepEqual(model?.source, {
      kind: 'files',
      repo: 'plain-files/plain',
      files: [
        {
          path: 'd/a.bin',
          urls: ['https://files.example/a.bin', 'https://b.example/a'],
          sizeBytes: 7,
          sha256,
        },
      ],
    });
  });

  it('takes files below one address, their names encoded', () => {
    const variant = {
      id: 'base',
      baseUrl: 'https://files.example/m',
      baseMirrors: ['https://b.example/n/'],
      files: [{ path: 'a b/c#.bin', sizeBytes: 7, sha256 }],
    };
    const [model] = read(variant).models;
    assert(model?.source.kind === 'files');
    assert.deepEqual(model.source.files[0]?.urls, [
      'https://files.example/m/a%20b/c%23.bin',
      'https://b.example/n/a%20b/c%23.bin',
    ]);
  });

  it('does not let a repository of its own inherit the revision of another', () => {
    const family = {
      id: 'f',
      name: 'F',
      format: 'ggml',
      repo: 'a/b',
      revision: 'v1',
      variants: [{ id: 'x' }, { id: 'y', repo: 'c/d' }],
    };
    const { models } = readCatalogText(JSON.stringify({ name: 'n', families: [family] }), 'x');
    assert.deepEqual(
      models.map((model) => model.source),
      [
        { kind: 'hub', repo: 'a/b', revision: 'v1', patterns: [] },
        { kind: 'hub', repo: 'c/d', patterns: [] },
      ],
    );
  });

  it('names variants of a group by its name and their quantization', () => {
    const group = {
      name: 'Tiny',
      repo: 'a/b',
      variants: [{ id: 'x', quantization: 'q5_1' }, { id: 'y' }, { id: 'z', name: 'Own' }],
    };
    const family = { id: 'f', name: 'F', format: 'ggml', groups: [group] };
    const { models, problems } = readCatalogText(
      JSON.stringify({ name: 'n', families: [family] }),
      'x',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      models.map((model) => model.name),
      ['Tiny Q5_1', 'Tiny', 'Own'],
    );
  });

  describe('with something wrong in it', () => {
    const cases: readonly (readonly [string, unknown, RegExp])[] = [
      [
        'a size below zero',
        { ...good, id: 'bad', files: [{ path: 'a', sizeBytes: -1 }] },
        /files\/0\/sizeBytes: -1 is less than 0/,
      ],
      [
        'a digest in capitals',
        { ...good, id: 'bad', files: [{ path: 'a', sha256: 'A'.repeat(64) }] },
        /files\/0\/sha256: .*64 lower-case hex digits/,
      ],
      ['an unknown property', { ...good, id: 'bad', sise: 1 }, /unknown property “sise”/],
      ['a name that is a number', { ...good, id: 'bad', name: 1 }, /name: .*"number"/],
      [
        'a path that climbs out',
        { ...good, id: 'bad', files: [{ path: '../../x' }] },
        /files\/0\/path/,
      ],
      [
        'an absolute path',
        { ...good, id: 'bad', files: [{ path: '/etc/passwd' }] },
        /files\/0\/path/,
      ],
      [
        'a path of another system',
        { ...good, id: 'bad', files: [{ path: 'C:\\x' }] },
        /files\/0\/path/,
      ],
      [
        'an insecure endpoint',
        { ...good, id: 'bad', endpoint: 'http://hub.example' },
        /endpoint: .*https/,
      ],
      [
        'an endpoint with a password in it',
        { ...good, id: 'bad', endpoint: 'https://me:secret@hub.example' },
        /endpoint/,
      ],
      ['no place to get it from', { id: 'bad', files: [{ path: 'a' }] }, /names no "repo"/],
      [
        'a plain file without a digest',
        { id: 'bad', files: [{ path: 'a', url: 'https://x.example/a' }] },
        /needs "sizeBytes" and "sha256"/,
      ],
      [
        'a plain file over http',
        { id: 'bad', files: [{ path: 'a', url: 'http://x.example/a', sizeBytes: 1, sha256 }] },
        /files\/0\/url/,
      ],
      [
        'a repository that can’t be one',
        { id: 'bad', repo: 'a--b/c' },
        /not the name of a repository/,
      ],
      [
        'a language list that is not there',
        { ...good, id: 'bad', languages: 'none' },
        /language list that is not there/,
      ],
      ['something that is no object', 'bad', /Expected "object"/],
    ];
    for (const [name, bad, message] of cases) {
      it(`tells of ${name}, with its line, and keeps the others`, () => {
        const { models, problems } = read(good, bad, {
          ...good,
          id: 'also good'.replace(' ', '-'),
        });
        assert.deepEqual(
          models.map((model) => model.id),
          ['good', 'also-good'],
        );
        assert.equal(problems.length, 1, JSON.stringify(problems));
        const [problem] = problems;
        assert.match(problem?.message ?? '', message);
        assert.equal(problem?.location, '/catalog.json');
        if (typeof bad === 'object') assert.equal(problem.entry, 'bad');
        assert((problem.line ?? 0) > 10 && (problem.column ?? 0) > 1);
      });
    }

    it('points at the very value', () => {
      const source = text(good, { ...good, id: 'bad', gated: 'yes' });
      const [problem] = readCatalogText(source, 'x').problems;
      assert.equal(
        source.split('\n')[(problem?.line ?? 0) - 1]?.slice((problem?.column ?? 0) - 1),
        '"yes"',
      );
    });

    it('counts an id that comes twice once', () => {
      const { models, problems } = read(good, { ...good, name: 'Second' });
      assert.deepEqual(
        models.map((model) => model.name),
        ['good'],
      );
      assert.match(problems[0]?.message ?? '', /comes twice/);
    });

    it('tells of a group whose language list is not there', () => {
      const group = { repo: 'a/b', languages: 'none', variants: [{ id: 'x' }] };
      const families = [{ id: 'f', name: 'F', format: 'ggml', groups: [group] }];
      const { models, problems } = readCatalogText(JSON.stringify({ name: 'n', families }), 'x');
      assert.deepEqual(models, []);
      assert.match(problems[0]?.message ?? '', /language list/);
    });

    it('keeps the other families when one is wrong', () => {
      const families = [
        { id: 'bad', name: 'B', format: 'mp3', variants: [good] },
        { id: 'f', name: 'F', format: 'ggml', variants: [good] },
      ];
      const { models, problems } = readCatalogText(JSON.stringify({ name: 'n', families }), 'x');
      assert.equal(models.length, 1);
      assert.equal(problems[0]?.entry, 'bad');
      assert.match(problems[0].message, /format/);
    });

    for (const [name, source, message] of [
      ['no text at all', '', /not valid JSON/],
      ['a text that breaks off', text(good).slice(0, 50), /not valid JSON/],
      ['a list', '[]', /JSON object/],
      ['no name', '{"families": []}', /name/],
      ['no families', '{"name": "n"}', /families/],
      ['a later version', '{"name": "n", "version": 2, "families": []}', /version/],
    ] as const) {
      it(`tells of ${name} and gives no models`, () => {
        const { models, problems } = readCatalogText(source, 'x');
        assert.deepEqual(models, []);
        assert.match(problems[0]?.message ?? '', message);
        assert.equal(problems[0]?.line, name === 'a text that breaks off' ? problems[0]?.line : 1);
      });
    }

    it('does not tell of more than a hundred', () => {
      const { problems } = read(...Array.from({ length: 300 }, () => 1));
      assert.equal(problems.length, 100);
    });

    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      it(`tells of a text that is nested 50,000 deep in ${open}`, () => {
        const deep = `${open.repeat(50_000)}1${close.repeat(50_000)}`;
        for (const whole of [deep, `{"name":"Mine","families":${deep}}`]) {
          const { models, problems } = readCatalogText(whole, 'https://x.example/c.json');
          assert.deepEqual(models, []);
          assert.equal(problems.length, 1);
        }
      });
    }

    it('takes an archive whose address has a bad percent sign, and keeps the others', () => {
      const archive = { url: 'https://x.example/a%zz.tar', format: 'tar', sizeBytes: 1, sha256 };
      const { models } = read({ id: 'odd', archive }, good);
      assert.ok(models.some(({ id }) => id === 'good'));
      assert.deepEqual(models.find(({ id }) => id === 'odd')?.source, {
        kind: 'files',
        repo: 'plain-files/odd',
        files: [{ path: 'a%zz.tar', urls: [archive.url], sizeBytes: 1, sha256 }],
      });
    });

    it('keeps the others when a name in one is broken Unicode', () => {
      const { models, problems } = read({ ...good, id: 'odd', ['\ud800']: 1 }, good);
      assert.deepEqual(
        models.map(({ id }) => id),
        ['good'],
      );
      assert.equal(problems.length, 1);
    });

    it('survives any JSON', () =>
      fc.assert(
        fc.property(fc.json(), fc.json(), (a, b) => {
          readCatalogText(a, 'x');
          readCatalogText(
            `{"name":"n","families":[${a},{"id":"f","name":"F","format":"ggml","groups":[${b}],"variants":[${a},${b}]}]}`,
            'x',
          );
        }),
        { numRuns: 60 },
      ));
  });
});

describe('the commit of plain files', () => {
  const file = { path: 'a', urls: ['https://x.example/a'], sizeBytes: 1, sha256 };
  const source = (
    files: readonly (typeof file)[],
  ): Extract<CatalogModel['source'], { kind: 'files' }> => ({
    kind: 'files',
    repo: 'plain-files/x',
    files,
  });

  it('follows from their content, not from their order or where they lie', () => {
    const one = plainFilesCommit(source([file, { ...file, path: 'b' }]));
    assert.match(one, /^[0-9a-f]{40}$/);
    assert.equal(
      plainFilesCommit(
        source([
          { ...file, path: 'b' },
          { ...file, urls: ['https://y.example'] },
        ]),
      ),
      one,
    );
    assert.notEqual(
      plainFilesCommit(source([file, { ...file, path: 'b', sha256: 'b'.repeat(64) }])),
      one,
    );
    assert.notEqual(plainFilesCommit(source([file])), one);
  });
});
