import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AsrError } from '../../../src/common/asrError';
import { localized } from '../../../src/common/localizedMessage';
import { isRepoId } from '../../../src/common/repository';
import type { ErrorCode } from '../../../src/protocol/errorCode';
import { retryDelayMs } from '../../../src/hub/askHub';
import { fileUrl } from '../../../src/hub/hubAddress';
import { refusalError, requestedWaitMs } from '../../../src/hub/hubRefusal';
import { nextLink } from '../../../src/hub/listTree';

function failure(code: ErrorCode, retryAfterMs?: number): AsrError {
  const details = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new AsrError(code, localized('x'), { details });
}

describe('the rule for trying a listing again', () => {
  it('retries lost connections and silence, and no other failure of the line', () => {
    const first = { attempt: 1, reached: true };
    assert.equal(retryDelayMs({ ...first, error: failure('network') }), 1000);
    assert.equal(retryDelayMs({ ...first, error: failure('stalled') }), 1000);
    for (const code of ['tls', 'proxy', 'unsupported', 'auth', 'unknown'] as const) {
      assert.equal(retryDelayMs({ ...first, error: failure(code) }), undefined, code);
    }
  });

  it('retries the transient statuses, and no other', () => {
    const error = failure('network');
    for (const status of [408, 421, 425, 429, 500, 501, 502, 503, 504, 507, 508, 520, 530]) {
      assert.equal(retryDelayMs({ attempt: 1, reached: true, error, status }), 1000, `${status}`);
    }
    for (const status of [200, 400, 401, 403, 404, 407, 416, 511]) {
      assert.equal(retryDelayMs({ attempt: 1, reached: true, error, status }), undefined);
    }
  });

  it('never waits longer than half a minute, and never for ever', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.option(fc.nat()),
        fc.boolean(),
        (attempt, after, reached) => {
          const error = failure('network', after ?? undefined);
          const delay = retryDelayMs({ attempt, reached, error, status: 503 });
          assert(delay === undefined || (delay >= 0 && delay <= 30_000));
          if (attempt > 5) assert.equal(delay, undefined);
        },
      ),
    ));
});

describe('the wait that a server asks for', () => {
  const now = Date.UTC(2026, 0, 1);
  const cases: readonly (readonly [Record<string, string>, number | undefined])[] = [
    [{}, undefined],
    [{ 'retry-after': '0' }, 1000],
    [{ 'retry-after': '120' }, 121_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT' }, 11_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 1000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': '1.5' }, 2500],
    [{ ratelimit: '"resolvers";r=0;t=57' }, 58_000],
    [{ ratelimit: '"resolvers";r=12;t=57' }, undefined],
    [{ ratelimit: '"resolvers";r=0' }, undefined],
    [{ 'retry-after': '3', ratelimit: '"api";r=0;t=57' }, 58_000],
  ];
  for (const [headers, expected] of cases) {
    it(`${JSON.stringify(headers)} means ${String(expected)} ms`, () =>
      assert.equal(requestedWaitMs({ headers, wallMs: now }), expected));
  }
});

describe('the next page of a Link header', () => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, undefined],
    ['', undefined],
    ['<https://hub.example/a?cursor=1,2;3>; rel="next"', 'https://hub.example/a?cursor=1,2;3'],
    ['</a>; rel="prev", </b>; title="x"; rel=next', '/b'],
    ['</a>; rel="first next"', '/a'],
    ['</a>; rel="nextish"', undefined],
    ['<https://hub.example/x>; rel="xet-auth", <https://cas.example/y>; rel="info"', undefined],
  ];
  for (const [header, expected] of cases) {
    it(`of ${String(header)} is ${String(expected)}`, () =>
      assert.equal(nextLink(header), expected));
  }
});

describe('a repository’s id', () => {
  it('is one or two parts of the Hub’s characters', () => {
    for (const good of [
      'gpt2',
      'org/name',
      'a/b.c-d_e',
      'A1/x.en',
      '_a/b_',
      `${'a'.repeat(96)}/b`,
    ]) {
      assert(isRepoId(good), good);
    }
    for (const bad of [
      '',
      '/',
      'a/',
      '/a',
      'a/b/c',
      'a..b',
      'a--b',
      '-a',
      'a.',
      'a.git',
      'ä/b',
      'a b',
      '.',
      `${'a'.repeat(97)}/b`,
      'a/b\n',
    ]) {
      assert(!isRepoId(bad), bad);
    }
  });

  it('never leads a file’s address out of its repository', () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (repo, path) => {
        if (!isRepoId(repo)) return;
        const url = new URL(
          fileUrl('https://hub.example', repo, 'main', `x/${path}`.replaceAll('..', '')),
        );
        assert.equal(url.origin, 'https://hub.example');
        assert(url.pathname.startsWith(`/${repo}/resolve/main/`), url.pathname);
        assert.equal(url.search + url.hash, '');
      }),
    ));
});

describe('a refusal without the Hub’s own words', () => {
  it('is named by its status', () => {
    const base = {
      headers: {},
      text: '',
      host: 'hub.example',
      repo: 'a/b',
      wallMs: 0,
    };
    assert.equal(refusalError({ ...base, status: 407 }).code, 'proxy');
    assert.equal(refusalError({ ...base, status: 429 }).code, 'rateLimited');
    assert.equal(refusalError({ ...base, status: 500 }).code, 'network');
    assert.equal(refusalError({ ...base, status: 404 }).code, 'notFound');
    assert.equal(refusalError({ ...base, status: 418 }).code, 'unsupported');
  });
});
