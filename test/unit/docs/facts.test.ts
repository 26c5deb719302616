import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { modelSourceHosts } from './support/sourceHosts';
import { loadRefusal } from '../../../src/models/loadRefusal';
import { formatLoadability } from '../../../src/runtime';
import { transcribes } from '../../../src/catalog';
import { builtInModels, groupsOf } from '../catalog/builtInGroups';
import { pushPath } from '../../../src/server/guards';
import { document, inlineCode, section, tableRows } from './support/documents';
import { manifest, objectIn } from './support/manifest';

describe('the figures of the catalog in README.md and CHANGELOG.md', () => {
  const texts = ['README.md', 'CHANGELOG.md'].map((name) => document(name).prose).join('\n');

  /** Every figure before these words. */
  const told = (words: RegExp): readonly number[] =>
    [...texts.matchAll(new RegExp(`(\\d+) ${words.source}`, 'g'))].map(([, figure]) =>
      Number(figure),
    );

  it('are those of the catalog', async () => {
    const models = await builtInModels();
    const variants = [...told(/(?:\w+ )?variants\b(?! run here)/)];
    assert.ok(variants.length >= 3);
    for (const figure of variants) assert.equal(figure, models.length);
    const groups = told(/models with/);
    assert.ok(groups.length >= 2);
    for (const figure of groups) assert.equal(figure, groupsOf(models).length);
  });

  it('of what runs here are those of the engines', async () => {
    const counts = new Map<string, number>();
    for (const model of await builtInModels()) {
      if (!transcribes(model) || model.packed !== undefined) continue;
      if (loadRefusal(model) !== undefined) continue;
      const answer = formatLoadability(model);
      if (!answer.loadable) continue;
      counts.set(answer.engine, (counts.get(answer.engine) ?? 0) + 1);
    }
    const of = (engine: string): number => counts.get(engine) ?? 0;
    const [gguf, ggml, onnx] = [of('transcribe.cpp'), of('whisper.cpp'), of('sherpa-onnx')];
    const sentence =
      /(\d+) of the (\d+) variants run here: (\d+) GGUF, (\d+) ggml, (\d+) sherpa-onnx/;
    const figures = sentence.exec(texts.replaceAll('\n', ' '))?.slice(1).map(Number);
    assert.deepEqual(figures, [
      gguf + ggml + onnx,
      (await builtInModels()).length,
      gguf,
      ggml,
      onnx,
    ]);
  });
});

describe('the hosts in the documents', () => {
  it('are those that the models of the catalog come from', async () => {
    const hosts = modelSourceHosts(await builtInModels());
    assert.ok(hosts.includes('huggingface.co'));
    for (const [name, heading] of [
      ['README.md', /Privacy/],
      ['docs/networks.md', /Which hosts/],
    ] as const) {
      const cells = tableRows(section(document(name), heading) ?? '').map(([cell = '']) => cell);
      assert.deepEqual(
        hosts.filter((host) => !cells.some((cell) => cell.includes(`\`${host}\``))),
        [],
        name,
      );
    }
  });
});

describe('the routes in docs/api.md', () => {
  it('are those that the server has', () => {
    const served = readdirSync('src/server').flatMap((name) =>
      [
        ...readFileSync(`src/server/${name}`, 'utf8').matchAll(/'((?:GET|POST|DELETE) \/[^']+)':/g),
      ].map(([, route = '']) => route),
    );
    assert.ok(served.length > 15);
    const told = inlineCode(document('docs/api.md'))
      .flatMap((code) => /^(?:GET|POST|DELETE) \/[^ ?]+/.exec(code)?.[0] ?? [])
      .filter((route) => route !== `GET ${pushPath}`);
    assert.deepEqual([...new Set(told)].sort(), [...served].sort());
  });
});

describe('the version', () => {
  it('is the same in CHANGELOG.md, first, and in both files of npm', () => {
    const [first] = /^## (\S+)$/m.exec(document('CHANGELOG.md').prose)?.slice(1) ?? [];
    assert.equal(first, manifest['version']);
    assert.equal(objectIn('package-lock.json')['version'], first);
  });
});
