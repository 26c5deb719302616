import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatHubModelId,
  matchesPatterns,
  parseHubModelId,
  parseModelAddress,
} from '../../../src/catalog';
import { exactPattern } from '../../../src/catalog/filePatterns';
import { isRepoId } from '../../../src/common/repository';

describe('file patterns', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['ggml-tiny.bin', 'ggml-tiny.bin', true],
    ['ggml-tiny.bin', 'ggml-*.bin', true],
    ['w/ggml-tiny.bin', '*.bin', true],
    ['w/a.bin', 'w/?.bin', true],
    ['wxa.bin', 'w?a.bin', true],
    ['w/a.bin', 'w?a.bin', true],
    ['w/x/y', 'w/', true],
    ['w', 'w/', false],
    ['w/x', 'w\\x', true],
    ['A.bin', 'a.bin', false],
    ['a.bin', 'a.bi', false],
    ['a1', 'a[0-9]', true],
    ['ax', 'a[!0-9]', true],
    ['a]', 'a[]]', true],
    ['a-', 'a[x-]', true],
    ['a[', 'a[', true],
    ['a^', 'a[^x]', true],
    ['b/c', '**/c', true],
    ['', '*', true],
    ['😀', '?', true],
  ];
  for (const [path, pattern, expected] of cases) {
    it(`“${pattern}” ${expected ? 'takes' : 'leaves'} “${path}”`, () =>
      assert.equal(matchesPatterns(path, [pattern]), expected));
  }

  it('take everything when there are none, and what one of several takes', () => {
    assert(matchesPatterns('anything', []));
    assert(matchesPatterns('b', ['a', 'b']));
    assert(!matchesPatterns('c', ['a', 'b']));
  });

  it('made for a path take that path and no other', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '[', ']', '!', '-', '/') });
    fc.assert(
      fc.property(text, text, (path, other) => {
        fc.pre(!path.endsWith('/'));
        assert(matchesPatterns(path, [exactPattern(path)]));
        if (other !== path) assert(!matchesPatterns(other, [exactPattern(path)]));
      }),
    );
  });

  it('never take long, however they are made', () => {
    const before = process.cpuUsage();
    matchesPatterns('a'.repeat(5000), [`${'*a'.repeat(200)}b`]);
    // Processor time: a busy machine only makes it wait.
    assert(process.cpuUsage(before).user < 2_000_000);
  });
});

describe('an hf: id', () => {
  it('names a repository, a revision and files', () => {
    assert.deepEqual(parseHubModelId('hf:org/name'), { repo: 'org/name', patterns: [] });
    assert.deepEqual(parseHubModelId('hf:gpt2@main'), { repo: 'gpt2', patterns: [] });
    assert.deepEqual(parseHubModelId('hf:org/name@refs/pr/1#a.bin,b/*,a.bin'), {
      repo: 'org/name',
      revision: 'refs/pr/1',
      patterns: ['a.bin', 'b/*'],
    });
    assert.equal(parseHubModelId('whisper-tiny'), undefined);
  });

  for (const bad of [
    'hf:',
    'hf:a/b/c',
    'hf:../x',
    'hf:a/b@',
    'hf:a/b@x y',
    'hf:a--b/c',
    'hf:@main',
    'hf:#x',
  ]) {
    it(`is refused when it is ${bad}`, () =>
      assert.throws(() => parseHubModelId(bad), { code: 'notFound' }));
  }

  it('comes back the same after being written down', () => {
    const revision = fc
      .string({ minLength: 1 })
      .filter((text) => /^[^\s\p{Cc}]{1,60}$/u.test(text));
    const pattern = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.option(revision), fc.uniqueArray(pattern), (at, patterns) => {
        const id = {
          repo: 'org/na.me',
          ...(at === null || at === 'main' ? {} : { revision: at }),
          patterns,
        };
        assert.deepEqual(parseHubModelId(formatHubModelId(id)), id);
      }),
    );
  });

  it('agrees with the rule for a repository’s name', () => {
    assert(isRepoId('org/name'));
    assert(!isRepoId('org/name.git'));
  });
});

describe('a pasted text', () => {
  const sha = 'a'.repeat(40);
  const cases: readonly (readonly [string, object | undefined])[] = [
    ['openai/whisper-tiny', { repo: 'openai/whisper-tiny', patterns: [] }],
    ['  openai/whisper-tiny@v1 ', { repo: 'openai/whisper-tiny', revision: 'v1', patterns: [] }],
    ['https://huggingface.co/openai/whisper-tiny', { repo: 'openai/whisper-tiny', patterns: [] }],
    ['https://huggingface.co/openai/whisper-tiny/', { repo: 'openai/whisper-tiny', patterns: [] }],
    [
      'huggingface.co/openai/whisper-tiny?library=transformers#usage',
      { repo: 'openai/whisper-tiny', patterns: [] },
    ],
    ['https://hf.co/gpt2', { repo: 'gpt2', patterns: [] }],
    ['https://huggingface.co/gpt2/tree/main', { repo: 'gpt2', patterns: [] }],
    [`https://huggingface.co/o/n/tree/${sha}`, { repo: 'o/n', revision: sha, patterns: [] }],
    ['https://huggingface.co/o/n/tree/main/onnx', { repo: 'o/n', patterns: ['onnx/'] }],
    [
      'https://huggingface.co/o/n/tree/refs%2Fpr%2F1',
      { repo: 'o/n', revision: 'refs/pr/1', patterns: [] },
    ],
    [
      'https://huggingface.co/o/n/blob/refs/pr/1/a.bin',
      { repo: 'o/n', revision: 'refs/pr/1', patterns: ['a.bin'] },
    ],
    [
      'https://huggingface.co/o/n/resolve/main/w/a%20b.bin?download=true',
      { repo: 'o/n', patterns: ['w/a b.bin'] },
    ],
    [
      'https://huggingface.co/o/n/blob/main/a%5B1%5D.bin',
      { repo: 'o/n', patterns: ['a[[]1].bin'] },
    ],
    ['https://huggingface.co/o/n/discussions/3', { repo: 'o/n', patterns: [] }],
    ['https://mirror.example/o/n', { repo: 'o/n', patterns: [] }],
    ['hf:o/n@v1#a', { repo: 'o/n', revision: 'v1', patterns: ['a'] }],
    ['https://huggingface.co/datasets/o/n', undefined],
    ['https://huggingface.co/spaces/o/n', undefined],
    ['https://huggingface.co/', undefined],
    ['https://huggingface.co/o/..%2F..%2Fetc', undefined],
    ['https://huggingface.co/o/%E0%A4%A', undefined],
    ['https://elsewhere.example/o/n', undefined],
    ['https://huggingface.co.evil.example/o/n', undefined],
    ['whisper tiny', undefined],
    ['hf://o/n/w/a.bin', { repo: 'o/n', patterns: ['w/a.bin'] }],
    ['hf://o/n', { repo: 'o/n', patterns: [] }],
    ['hf://o/n/', { repo: 'o/n', patterns: [] }],
    ['hf://models/o/n/a.bin', { repo: 'o/n', patterns: ['a.bin'] }],
    ['hf://o/n@v1/a.bin', { repo: 'o/n', revision: 'v1', patterns: ['a.bin'] }],
    ['hf://o/n@refs/pr/2/a.bin', { repo: 'o/n', revision: 'refs/pr/2', patterns: ['a.bin'] }],
    ['hf://o/n@refs%2Fpr%2F2', { repo: 'o/n', revision: 'refs/pr/2', patterns: [] }],
    ['hf://datasets/o/n/a.bin', undefined],
    ['hf://buckets/o/n', undefined],
    ['o/n/', { repo: 'o/n', patterns: [] }],
    ['"o/n"', { repo: 'o/n', patterns: [] }],
    ['`o/n`', { repo: 'o/n', patterns: [] }],
    ['o/n/w/a.bin', { repo: 'o/n', patterns: ['w/a.bin'] }],
    ['o/n/tree/v1/w', { repo: 'o/n', revision: 'v1', patterns: ['w/'] }],
    ['hf download o/n', { repo: 'o/n', patterns: [] }],
    ['$ hf download o/n a.bin "w/b c.bin"', { repo: 'o/n', patterns: ['a.bin', 'w/b c.bin'] }],
    [
      'hf download o/n --include "*.bin" "*.txt" --local-dir x',
      { repo: 'o/n', patterns: ['*.bin', '*.txt'] },
    ],
    [
      'huggingface-cli download --quiet o/n --revision v1',
      { repo: 'o/n', revision: 'v1', patterns: [] },
    ],
    ['hf download --revision=v1 o/n', { repo: 'o/n', revision: 'v1', patterns: [] }],
    ['hf download o/n --repo-type dataset', undefined],
    ['hf download', undefined],
    ['git clone https://huggingface.co/o/n', { repo: 'o/n', patterns: [] }],
    ['git clone https://huggingface.co/o/n.git', { repo: 'o/n', patterns: [] }],
    [
      'GIT_LFS_SKIP_SMUDGE=1 git clone --depth 1 -b v1 https://huggingface.co/o/n here',
      { repo: 'o/n', revision: 'v1', patterns: [] },
    ],
    ['git clone git@hf.co:o/n', { repo: 'o/n', patterns: [] }],
    ['git clone ssh://git@huggingface.co/o/n.git', { repo: 'o/n', patterns: [] }],
    ['git clone https://github.com/o/n', undefined],
    ['git clone git@github.com:o/n.git', undefined],
    ['git clone https://huggingface.co/datasets/o/n', undefined],
    [
      'curl -L -o a.bin "https://huggingface.co/o/n/resolve/main/a.bin?download=true"',
      { repo: 'o/n', patterns: ['a.bin'] },
    ],
    [
      'wget https://huggingface.co/o/n/resolve/v1/a.bin',
      { repo: 'o/n', revision: 'v1', patterns: ['a.bin'] },
    ],
    ['<https://huggingface.co/o/n>', { repo: 'o/n', patterns: [] }],
    ['[n](https://huggingface.co/o/n)', { repo: 'o/n', patterns: [] }],
    ['HuggingFace.co/o/n', { repo: 'o/n', patterns: [] }],
    [`https://huggingface.co/o/n/commit/${sha}`, { repo: 'o/n', revision: sha, patterns: [] }],
    [`https://huggingface.co/gpt2/commit/${sha}`, { repo: 'gpt2', revision: sha, patterns: [] }],
    ['https://huggingface.co/o/n/commits/v1', { repo: 'o/n', revision: 'v1', patterns: [] }],
    [
      'https://huggingface.co/o/n/commits/refs%2Fpr%2F2',
      { repo: 'o/n', revision: 'refs/pr/2', patterns: [] },
    ],
    [
      'https://huggingface.co/o/n/blame/v1/a.txt',
      { repo: 'o/n', revision: 'v1', patterns: ['a.txt'] },
    ],
    ['https://huggingface.co/api/models/o/n', { repo: 'o/n', patterns: [] }],
    [
      'https://huggingface.co/api/models/o/n/revision/v1',
      { repo: 'o/n', revision: 'v1', patterns: [] },
    ],
    [
      'https://huggingface.co/api/models/o/n/tree/v1',
      { repo: 'o/n', revision: 'v1', patterns: [] },
    ],
    [
      'snapshot_download(repo_id="o/n", revision="v1")',
      { repo: 'o/n', revision: 'v1', patterns: [] },
    ],
    ["model = WhisperModel('o/n')", { repo: 'o/n', patterns: [] }],
    ['AutoModel.from_pretrained("./o/n")', undefined],
    ['//o/n', undefined],
    ['./o/n', undefined],
    ['/o/n', undefined],
    ['../o/n/x', undefined],
    ['C:/o/n', undefined],
    ['whisper', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) {
    it(`“${text}” is ${expected === undefined ? 'no repository' : JSON.stringify(expected)}`, () =>
      assert.deepEqual(parseModelAddress(text, 'https://mirror.example'), expected));
  }

  it('belongs to an endpoint below a path only when it lies below that path', () => {
    const read = (text: string): object | undefined =>
      parseModelAddress(text, 'https://intra.example/api/hf/');
    assert.deepEqual(read('https://intra.example/api/hf/o/n'), { repo: 'o/n', patterns: [] });
    assert.deepEqual(read('intra.example/api/hf/o/n/tree/v1'), {
      repo: 'o/n',
      revision: 'v1',
      patterns: [],
    });
    assert.deepEqual(read('https://huggingface.co/o/n'), { repo: 'o/n', patterns: [] });
    for (const other of [
      'https://intra.example/o/n',
      'intra.example/o/n',
      'https://intra.example/api/hfx/o/n',
      'https://intra.example/api/hf',
    ]) {
      assert.equal(read(other), undefined, other);
    }
  });

  it('never throws, whatever it is, and never names what is no repository', () =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl()), (text) => {
        if (/^[\s<"'`]*hf:(?!\/\/)/.test(text)) return;
        const id = parseModelAddress(text);
        if (id !== undefined) assert(isRepoId(id.repo));
      }),
    ));
});
