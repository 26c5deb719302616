import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isObject, parseJson } from '../../../src/common/json';
import { englishText } from '../../../src/common/localizedMessage';
import { progressText } from '../../../src/protocol/progressText';
import { catalogStrings } from '../../../scripts/l10n/catalogStrings';
import { collectStrings, stringsIn } from '../../../scripts/l10n/collectStrings';

type Texts = ReadonlyMap<string, string>;

function textsIn(file: string): Texts {
  const value = parseJson(readFileSync(file, 'utf8'));
  assert.ok(isObject(value), `${file} is not a JSON object`);
  return new Map(
    Object.entries(value).map(([key, text]) => {
      assert.ok(typeof text === 'string' && text.trim() === text && text !== '', `${file}: ${key}`);
      return [key, text];
    }),
  );
}

/** The parts that a translation may move but never change: holes, icons, targets of links, and code. */
function fixedParts(text: string): string[] {
  return [...text.matchAll(/\{\d+\}|\$\([\w~-]+\)|\]\([^)]*\)|`[^`]*`/g)]
    .map(([part]) => part)
    .sort();
}

/** The keys whose translation has not the same fixed parts as the English text. */
function unfaithful(english: Texts, translated: Texts): string[] {
  return [...english].flatMap(([key, text]) =>
    fixedParts(translated.get(key) ?? '').join() === fixedParts(text).join() ? [] : [key],
  );
}

const { strings, problems } = collectStrings();
const catalogTexts = catalogStrings();
/** Messages and the built-in catalog's texts: all that is a key. */
const keys = [...strings, ...catalogTexts];
const english: Texts = new Map(keys.map((text) => [text, text]));
const englishManifest = textsIn('package.nls.json');

/** For each language: the texts that read the same in English, and a letter that every other text must contain. */
const languages = [
  {
    language: 'de',
    unchanged: [
      'Downloads',
      'Format',
      'Name',
      'Repository',
      'Revision',
      'Text',
      'Updates',
      '{0} h {1} min',
      '{0} min {1} s',
      '{0} s',
      '{0}/s',
      '{0}: {1} %.',
    ],
    wordless: ['{0}/s', '{0}: {1} %.'],
    letter: /\p{Script=Latin}/u,
  },
  {
    language: 'zh-cn',
    unchanged: [],
    wordless: ['{0} of {1}', '{0}: {1} %.'],
    letter: /\p{Script=Han}/u,
  },
];

describe('the collector of strings', () => {
  const collect = (source: string): { found: string[]; refused: string[] } => {
    const refused: string[] = [];
    return { found: stringsIn('a.ts', source, (line) => refused.push(line)), refused };
  };

  it('finds the literals of all functions, however they are called', () => {
    const source =
      "vscode.l10n.t('a', 1); t(`b`); localized(\n'c', phrase('e f')); x(() => l10n.t('d’s'));";
    assert.deepEqual(collect(source), { found: ['a', 'b', 'c', 'e f', 'd’s'], refused: [] });
  });

  it('refuses what no bundle can have as a key', () => {
    for (const call of ["t('a' + b)", 't(`a ${b}`)', 't(a)', "l10n.t({ message: 'a' })"]) {
      const { found, refused } = collect(call);
      assert.deepEqual(found, []);
      assert.equal(refused.length, 1, call);
    }
  });
});

describe('the texts of the built-in catalog', () => {
  it('are collected as far as they are words, and not where they are names or addresses', () => {
    assert.ok(catalogTexts.length > 100);
    const has = (text: string): boolean => catalogTexts.some((each) => each.includes(text));
    for (const words of ['; converted by ', 'One-file GGUF', 'Keep pieces at 8 s', 'FLEURS, ']) {
      assert.ok(has(words), words);
    }
    for (const name of ['github:ggml-org', 'faster-whisper (Python)', 'public GitHub file']) {
      assert.ok(!has(name), name);
    }
    // A hole would be filled.
    for (const text of catalogTexts) assert.doesNotMatch(text, /\{\d+\}/);
  });
});

describe('the strings of the source', () => {
  it('are all literals but for the places that say a sentence of the core or of the catalog', () => {
    assert.ok(strings.length > 400);
    assert.deepEqual(
      problems.map((problem) => problem.replace(/:.*/, '')),
      ['src/vscode/ui/catalogText.ts', ...Array<string>(2).fill('src/vscode/ui/localise.ts')],
    );
  });

  it('reach the translator under the one name that is collected', () => {
    for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const text = readFileSync(`src/${name}`, 'utf8');
      for (const [found, parameter] of text.matchAll(/(\w+): Translate\b/g)) {
        assert.equal(parameter, 't', `src/${name}: ${found}`);
      }
      assert.doesNotMatch(text, /= (vscode\.)?l10n\.t[;,]/, `src/${name}`);
    }
  });

  it('number their holes from zero without a gap', () => {
    for (const text of strings) {
      const holes = new Set([...text.matchAll(/\{(\d+)\}/g)].map(([, index]) => Number(index)));
      assert.deepEqual(
        [...holes].sort(),
        [...holes.keys()].map((_, at) => at),
        text,
      );
    }
  });
});

describe('the languages', () => {
  it('are all that lie there, of the source and of the manifest', () => {
    const known = languages.map(({ language }) => language).sort();
    const named = (folder: string, name: RegExp): readonly string[] =>
      readdirSync(folder)
        .flatMap((file) => name.exec(file)?.[1] ?? [])
        .sort();
    assert.deepEqual(named('l10n', /^bundle\.l10n\.(.+)\.json$/), known);
    assert.deepEqual(named('.', /^package\.nls\.(.+)\.json$/), known);
  });
});

for (const { language, unchanged, wordless, letter } of languages) {
  const bundle = textsIn(`l10n/bundle.l10n.${language}.json`);
  const manifest = textsIn(`package.nls.${language}.json`);

  describe(`the ${language} bundle`, () => {
    it('has every string of the source, and of the built-in catalog', () =>
      assert.deepEqual(
        keys.filter((text) => !bundle.has(text)),
        [],
      ));

    it('keeps of a benchmark what is looked at: its name, and the parts that rows are cut at', () => {
      const benchmarks = catalogTexts.filter((text) => /^(Open ASR|LibriSpeech|FLEURS)/.test(text));
      assert.equal(benchmarks.length, 4);
      for (const text of benchmarks) {
        const said = bundle.get(text) ?? '';
        const name = text.slice(0, text.indexOf(', ') + 2);
        assert.ok(said.startsWith(name), said);
        assert.equal(said.split(/[;；]/).length, text.split(';').length, said);
      }
    });

    it('has no string that nothing says any more', () =>
      assert.deepEqual(
        [...bundle.keys()].filter((text) => !english.has(text)),
        [],
      ));

    it('is sorted as the collector prints', () =>
      assert.deepEqual([...bundle.keys()], [...bundle.keys()].sort()));

    it('keeps every hole and icon', () => assert.deepEqual(unfaithful(english, bundle), []));

    it('is translated throughout', () => {
      const same = [...bundle].flatMap(([key, text]) => (key === text ? [key] : []));
      assert.deepEqual(same, unchanged);
      const without = [...bundle].flatMap(([key, text]) =>
        letter.test(text.replace(/\{\d+\}|\$\([\w~-]+\)/g, '')) ? [] : [key],
      );
      assert.deepEqual(
        without.filter((key) => !wordless.includes(key)),
        [],
      );
    });

    it('keeps apart what a file of the editor’s side tells apart, such as the answers to a question', () => {
      const files = readdirSync('src/vscode', { recursive: true, encoding: 'utf8' });
      const sources = files.filter((name) => name.endsWith('.ts')).map((name) => `vscode/${name}`);
      // Not the panel's texts: each has its own position on the page, which distinguishes equal ones.
      for (const file of [...sources, 'protocol/phase.ts', 'protocol/errorActions.ts']) {
        const source = readFileSync(`src/${file}`, 'utf8');
        const keys = new Set(stringsIn(file, source, () => undefined));
        const said = [...keys].map((key) => bundle.get(key) ?? key);
        assert.equal(new Set(said).size, keys.size, `${file}: ${said.join(' | ')}`);
      }
    });
  });

  describe(`the ${language} manifest`, () => {
    it('has the same keys as the English one, in its order', () =>
      assert.deepEqual([...manifest.keys()], [...englishManifest.keys()]));

    it('keeps what links lead to, and code', () =>
      assert.deepEqual(unfaithful(englishManifest, manifest), []));

    it('is translated throughout', () => {
      for (const [key, text] of manifest) assert.notEqual(text, englishManifest.get(key), key);
    });

    it('calls commands and the view as the bundle’s sentences do', () => {
      const titles = [...manifest].flatMap(([key, text]) =>
        key.startsWith('command.') ? [text.replace(/…$/, '')] : [],
      );
      const named = [...bundle.values()].flatMap(
        (text) => /[„“"]ASR: ([^”“"]+)/.exec(text)?.[1] ?? [],
      );
      assert.ok(named.length >= 1);
      for (const title of named) assert.ok(titles.includes(title), title);
      const view = manifest.get('view.models') ?? '';
      for (const [key, text] of bundle) {
        if (key.includes('Models view') || key.includes('Models View')) {
          assert.match(text, new RegExp(`[„“]${view}[“”]`), key);
        }
      }
    });
  });
}

describe('the notification of a download in another language', () => {
  const record = {
    downloadId: '1',
    modelId: 'm',
    modelName: 'Model',
    status: 'downloading',
    downloadedBytes: 412e6,
    totalBytes: 1.6e9,
    bytesPerSecond: 23e6,
    secondsRemaining: 52,
    filesDone: 0,
    stalled: false,
    queuedBehind: 2,
  } as const;
  const lineIn = (language: string): string => {
    const bundle = textsIn(`l10n/bundle.l10n.${language}.json`);
    return progressText(record, 0, (message, ...args) =>
      englishText({ template: bundle.get(message) ?? message, args }),
    );
  };

  it('is German', () =>
    assert.equal(
      lineIn('de'),
      '25 % · 412 MB von 1.6 GB · 23.0 MB/s · Noch 52 s · 2 weitere warten',
    ));

  it('is Chinese', () =>
    assert.equal(
      lineIn('zh-cn'),
      '25 % · 412 MB / 1.6 GB · 23.0 MB/秒 · 剩余 52 秒 · 另有 2 个正在等待',
    ));
});
