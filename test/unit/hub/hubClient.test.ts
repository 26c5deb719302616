import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import { createFetchTransport } from '../../../src/http';
import { createHubClient, type HubClient } from '../../../src/hub';
import {
  createListLogger,
  createQuickClock,
  type QuickClock,
  type Reply,
  type ScriptedServer,
  startScriptedServer,
} from './scriptedServer';

const commit = 'a'.repeat(40);
const gitOid = 'b'.repeat(40);
const sha256 = 'c'.repeat(64);
const token = 'hf_secret_of_this_test';
const place = { kind: 'environment', variable: 'HF_TOKEN' } as const;
const idle = (): AbortSignal => new AbortController().signal;

function revisionBody(more: object = {}): object {
  return { id: 'org/name', sha: commit, gated: false, private: false, ...more };
}

function fileEntry(path: string, more: object = {}): object {
  return { type: 'file', path, oid: gitOid, size: 10, ...more };
}

async function rejection(promise: Promise<unknown>): Promise<AsrError> {
  try {
    await promise;
  } catch (error) {
    assert(error instanceof AsrError, String(error));
    return error;
  }
  assert.fail('it did not reject');
}

describe('the hub client', () => {
  let server: ScriptedServer;
  let other: ScriptedServer;
  let clock: QuickClock;
  let logger: ReturnType<typeof createListLogger>;
  let tokens: string | undefined;

  beforeEach(async () => {
    server = await startScriptedServer();
    other = await startScriptedServer();
    clock = createQuickClock();
    logger = createListLogger();
    tokens = undefined;
  });
  afterEach(async () => {
    await server.close();
    await other.close();
  });

  function client(endpoint = server.origin): HubClient {
    return createHubClient({
      endpoint,
      transport: createFetchTransport((url, init) => fetch(url, init)),
      token: () => Promise.resolve(tokens === undefined ? undefined : { token: tokens, place }),
      clock,
      logger,
      userAgent: 'asr-test/1',
    });
  }

  describe('pinning a revision', () => {
    it('gives the commit and what the repository says of itself', async () => {
      server.answer = () => ({
        body: revisionBody({
          id: 'org/new-name',
          gated: 'auto',
          private: true,
          lastModified: '2024-10-29T18:20:08.000Z',
          cardData: { license: 'mit' },
        }),
      });
      assert.deepEqual(await client().resolveRevision('org/name', 'main', idle()), {
        repo: 'org/new-name',
        revision: 'main',
        commit,
        gated: true,
        licence: 'mit',
      });
    });

    it('asks with one encoded path segment, identity encoding and our name', async () => {
      server.answer = () => ({ body: revisionBody() });
      await client(`${server.origin}/`).resolveRevision('org/name', 'refs/pr/1', idle());
      const [request] = server.requests;
      assert.equal(request?.path, '/api/models/org/name/revision/refs%2Fpr%2F1');
      assert.equal(request.headers['accept-encoding'], 'identity');
      assert.equal(request.headers['user-agent'], 'asr-test/1');
    });

    for (const [name, more, licence] of [
      ['a list of licences', { cardData: { license: ['apache-2.0', 'mit'] } }, 'apache-2.0'],
      ['a licence of its own name', { cardData: { license: 'other', license_name: 'x' } }, 'x'],
      ['only a tag', { tags: ['a', 'license:cc-by-4.0'] }, 'cc-by-4.0'],
      ['nothing', {}, undefined],
    ] as const) {
      it(`reads the licence from ${name}`, async () => {
        server.answer = () => ({ body: revisionBody(more) });
        const revision = await client().resolveRevision('org/name', 'main', idle());
        assert.equal(revision.licence, licence);
      });
    }

    it('refuses another commit than the one asked for', async () => {
      server.answer = () => ({ body: revisionBody() });
      const error = await rejection(client().resolveRevision('org/name', 'd'.repeat(40), idle()));
      assert.equal(error.code, 'integrity');
    });

    it('refuses an answer without a commit', async () => {
      server.answer = () => ({ body: revisionBody({ sha: 'main' }) });
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'unsupported');
    });

    it('sends no request for a name that is no repository', async () => {
      for (const name of ['../etc', 'a/b/c', 'a--b/c', '-a/b', 'a/b.git', 'a b/c', '']) {
        const error = await rejection(client().resolveRevision(name, 'main', idle()));
        assert.equal(error.code, 'notFound', name);
      }
      assert.equal(server.requests.length, 0);
    });
  });

  describe('listing files', () => {
    it('follows every page, and takes sha256 of large and git ids of small files', async () => {
      const last = { type: 'file', path: 'w/model.bin', oid: gitOid, size: 134 };
      server.answer = ({ query }) =>
        query.has('cursor')
          ? {
              body: [
                {
                  ...last,
                  lfs: { oid: sha256, size: 5_000_000_000, pointerSize: 134 },
                  xetHash: sha256,
                },
              ],
            }
          : {
              headers: {
                link: `<${server.origin}/api/models/org/name/tree/${commit}?recursive=true&cursor=x,y;z>; rel="next"`,
              },
              body: [
                fileEntry('config.json'),
                { type: 'directory', path: 'w', oid: gitOid, size: 0 },
                { type: 'unknown', path: 'link', oid: gitOid, size: 0 },
              ],
            };
      assert.deepEqual(await client().listFiles('org/name', commit, idle()), [
        {
          path: 'config.json',
          sizeBytes: 10,
          digest: { algorithm: 'git-sha1', hex: gitOid },
          gitOid,
        },
        {
          path: 'w/model.bin',
          sizeBytes: 5_000_000_000,
          digest: { algorithm: 'sha256', hex: sha256 },
          gitOid,
          xetHash: sha256,
        },
      ]);
      assert.equal(server.requests[0]?.query.get('recursive'), 'true');
      assert.equal(server.requests[1]?.query.get('cursor'), 'x,y;z');
    });

    it('leaves out a masked Xet id', async () => {
      server.answer = () => ({ body: [fileEntry('a', { xetHash: '*'.repeat(64) })] });
      const [file] = await client().listFiles('org/name', commit, idle());
      assert.equal(file?.xetHash, undefined);
    });

    for (const [name, page] of [
      ['a file without a digest', [fileEntry('a', { oid: undefined })]],
      ['a masked sha256', [fileEntry('a', { lfs: { oid: '*'.repeat(64), size: 1 } })]],
      ['a negative size', [fileEntry('a', { size: -1 })]],
      ['a size beyond what is exact', [fileEntry('a', { size: 2 ** 60 })]],
      ['an empty path', [fileEntry('')]],
      ['a path that comes twice', [fileEntry('a'), fileEntry('a')]],
      ['something that is no list', { files: [] }],
      ['a list of texts', ['a']],
    ] as const) {
      it(`refuses a list with ${name}`, async () => {
        server.answer = () => ({ body: page });
        const error = await rejection(client().listFiles('org/name', commit, idle()));
        assert.equal(error.code, 'unsupported');
        assert.equal(server.requests.length, 1);
      });
    }

    it('refuses pages that go in circles', async () => {
      const path = `/api/models/org/name/tree/${commit}`;
      server.answer = ({ query }, index) => ({
        headers: {
          link: `<${path}?cursor=${query.get('cursor') === 'a' ? 'b' : 'a'}>; rel="next"`,
        },
        body: [fileEntry(`file-${index}`)],
      });
      const error = await rejection(client().listFiles('org/name', commit, idle()));
      assert.equal(error.code, 'unsupported');
      assert.equal(server.requests.length, 3);
    });

    it('does not follow pages without end that hold hardly anything', async () => {
      for (const page of [(): object[] => [], (index: number) => [fileEntry(`file-${index}`)]]) {
        const asked = server.requests.length;
        server.answer = (_, index) => ({
          headers: { link: `<?cursor=${index}>; rel="next"` },
          body: page(index),
        });
        const error = await rejection(client().listFiles('org/name', commit, idle()));
        assert.equal(error.code, 'unsupported');
        assert.match(error.message, /makes no sense/);
        assert.ok(server.requests.length - asked <= 20);
      }
    });

    it('refuses a next page at another origin, and asks nothing there', async () => {
      server.answer = () => ({
        headers: { link: `<${other.origin}/api/models/org/name/tree/x?cursor=1>; rel="next"` },
        body: [],
      });
      const error = await rejection(client().listFiles('org/name', commit, idle()));
      assert.equal(error.code, 'unsupported');
      assert.equal(other.requests.length, 0);
    });

    it('refuses a page without end', async () => {
      server.answer = () => ({ body: `[${' '.repeat(9_000_000)}]` });
      const error = await rejection(client().listFiles('org/name', commit, idle()));
      assert.equal(error.code, 'unsupported');
    });
  });

  describe('saying what is wrong', () => {
    const cases: readonly (readonly [string, Reply, string | undefined, string, RegExp])[] = [
      [
        'a missing or private repository, to a stranger',
        { status: 401, headers: { 'x-error-code': 'RepoNotFound' } },
        undefined,
        'notFound',
        /access token/,
      ],
      [
        'a missing repository, to somebody with a token',
        { status: 404, headers: { 'x-error-code': 'RepoNotFound' } },
        token,
        'notFound',
        /may not see it/,
      ],
      ['a bare 401', { status: 401 }, undefined, 'notFound', /org\/name/],
      [
        'a missing revision',
        { status: 404, headers: { 'x-error-code': 'RevisionNotFound' } },
        undefined,
        'notFound',
        /no revision dev/,
      ],
      [
        'a gated repository, to a stranger',
        { status: 401, headers: { 'x-error-code': 'GatedRepo' } },
        undefined,
        'gated',
        /accept its terms/,
      ],
      [
        'a gated repository, without access',
        { status: 403, headers: { 'x-error-code': 'GatedRepo' } },
        token,
        'gated',
        /no access/,
      ],
      [
        'a gated repository, with a bad token',
        { status: 401, headers: { 'x-error-code': 'GatedRepo' } },
        token,
        'auth',
        /wrong or has expired/,
      ],
      [
        'a disabled repository',
        { status: 403, headers: { 'x-error-message': 'Access to this resource is disabled.' } },
        undefined,
        'notFound',
        /disabled/,
      ],
      ['a plain refusal', { status: 403, body: { error: 'no' } }, token, 'auth', /403/],
      ['a wrong request', { status: 400, body: { error: 'no' } }, undefined, 'unsupported', /400/],
      [
        'a sign-in page',
        { headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><html>' },
        undefined,
        'unsupported',
        /sign-in page/,
      ],
      [
        'a sign-in page that refuses',
        { status: 403, headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'Blocked' },
        undefined,
        'unsupported',
        /web page \(403\)/,
      ],
      ['text that is not JSON', { body: 'hello' }, undefined, 'unsupported', /instead of the Hub/],
      ['a redirect to nowhere', { status: 302 }, undefined, 'unsupported', /redirect/],
      [
        'a redirect to another kind of address',
        { status: 302, headers: { location: 'file:///etc/passwd' } },
        undefined,
        'unsupported',
        /redirect/,
      ],
    ];
    for (const [name, reply, given, code, text] of cases) {
      it(`names ${name}`, async () => {
        tokens = given;
        server.answer = () => reply;
        const error = await rejection(client().resolveRevision('org/name', 'dev', idle()));
        assert.equal(error.code, code);
        assert.match(error.message, text);
        assert.equal(clock.waitsMs.length, 0);
      });
    }

    it('leads to the page where a gated model’s terms are accepted', async () => {
      server.answer = () => ({ status: 401, headers: { 'x-error-code': 'GatedRepo' } });
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.details.helpUrl, `${server.origin}/org/name`);
      assert.equal(client().pageUrl('org/name'), `${server.origin}/org/name`);
    });

    it('writes the Hub’s id of the request into the log, and never a token or a query', async () => {
      tokens = token;
      server.answer = () => ({
        status: 404,
        headers: {
          'x-error-code': 'RepoNotFound',
          'x-request-id': 'Root=1-abc',
          'x-hf-warning': 'old; update',
        },
      });
      await rejection(client().resolveRevision('org/name', 'main', idle()));
      const log = logger.lines.join('\n');
      assert.match(log, /404 RepoNotFound \(request Root=1-abc\)/);
      assert.match(log, /old; update/);
      assert.doesNotMatch(log, /hf_secret|expand=/);
    });

    it('does not log a token that the hub sends back in any header', async () => {
      tokens = token;
      server.answer = () => ({
        status: 404,
        headers: {
          'x-error-code': `RepoNotFound ${token}`,
          'x-request-id': `Root=1-${token}`,
          'x-hf-warning': `old ${token}`,
        },
      });
      await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.match(logger.lines.join('\n'), /Root=1-…/);
      assert.ok(!logger.lines.join('\n').includes(token));
    });
  });

  it('keeps a token that a server echoes out of the log', async () => {
    tokens = token;
    const echo = `a ${token} b`;
    const headers = { 'x-request-id': echo, 'x-error-code': echo, 'x-hf-warning': echo };
    server.answer = () => ({ status: 404, headers });
    await rejection(client().resolveRevision('org/name', 'main', idle()));
    assert.match(logger.lines.join('\n'), /a … b/);
    assert.doesNotMatch(logger.lines.join('\n'), /hf_secret/);
  });

  describe('trying again', () => {
    it('waits longer each time while the Hub has a problem, then continues', async () => {
      server.answer = (_, index) => (index < 3 ? { status: 503 } : { body: revisionBody() });
      assert.equal((await client().resolveRevision('org/name', 'main', idle())).commit, commit);
      assert.deepEqual(clock.waitsMs, [1000, 2000, 4000]);
    });

    it('gives up after five waits', async () => {
      server.answer = () => ({
        status: 502,
        headers: { 'content-type': 'text/html' },
        body: '<html>',
      });
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'network');
      assert.deepEqual(clock.waitsMs, [1000, 2000, 4000, 8000, 8000]);
    });

    it('waits as long as Retry-After says, and one second more', async () => {
      server.answer = (_, index) =>
        index === 0 ? { status: 429, headers: { 'retry-after': '7' } } : { body: revisionBody() };
      await client().resolveRevision('org/name', 'main', idle());
      assert.deepEqual(clock.waitsMs, [8000]);
    });

    it('waits as long as RateLimit says when nothing remains', async () => {
      server.answer = (_, index) =>
        index === 0
          ? { status: 429, headers: { ratelimit: '"api";r=0;t=3' } }
          : { body: revisionBody() };
      await client().resolveRevision('org/name', 'main', idle());
      assert.deepEqual(clock.waitsMs, [4000]);
    });

    it('tells of a long wait instead of sitting it out', async () => {
      server.answer = () => ({ status: 429, headers: { ratelimit: '"api";r=0;t=200' } });
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'rateLimited');
      assert.equal(error.details.retryAfterMs, 201_000);
      assert.equal(server.requests.length, 1);
    });

    it('retries a page in the middle of a listing', async () => {
      let drops = 2;
      server.answer = ({ query }) => {
        if (!query.has('cursor')) {
          return { headers: { link: '<?cursor=1>; rel="next"' }, body: [fileEntry('a')] };
        }
        drops -= 1;
        return drops >= 0 ? { status: 500 } : { body: [fileEntry('b')] };
      };
      const files = await client().listFiles('org/name', commit, idle());
      assert.deepEqual(
        files.map((file) => file.path),
        ['a', 'b'],
      );
    });

    it('does not keep a person waiting for a hub that is not there', async () => {
      const { origin } = other;
      await other.close();
      const error = await rejection(client(origin).resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'network');
      assert.deepEqual(clock.waitsMs, [1000]);
    });

    it('calls an answer that stops in the middle stalled', async () => {
      server.answer = () => {
        setImmediate(() => setTimeout(() => clock.fireLong(), 20));
        return { hangs: true, body: revisionBody() };
      };
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'stalled');
    });

    it('ends at once when cancelled, in a wait and before the answer', async () => {
      const abort = new AbortController();
      server.answer = () => {
        abort.abort();
        return { status: 503 };
      };
      await assert.rejects(client().resolveRevision('org/name', 'main', abort.signal), Cancelled);
      await assert.rejects(client().listFiles('org/name', commit, abort.signal), Cancelled);
      assert.equal(server.requests.length, 1);
    });
  });

  describe('the token', () => {
    it('goes to the endpoint, and stays on a relative redirect (a renamed repository)', async () => {
      tokens = token;
      server.answer = ({ path }) =>
        path.startsWith('/api/models/org/name/')
          ? { status: 307, headers: { location: `/api/models/org/other/revision/main?kept=1` } }
          : { body: revisionBody({ id: 'org/other' }) };
      const revision = await client().resolveRevision('org/name', 'main', idle());
      assert.equal(revision.repo, 'org/other');
      assert.equal(server.requests[1]?.query.get('kept'), '1');
      assert.equal(server.requests[1].headers.authorization, `Bearer ${token}`);
    });

    it('never goes to another origin, not even another port of this machine', async () => {
      tokens = token;
      server.answer = () => ({ status: 308, headers: { location: `${other.origin}/elsewhere` } });
      other.answer = () => ({ body: revisionBody() });
      await client().resolveRevision('org/name', 'main', idle());
      assert.equal(server.requests[0]?.headers.authorization, `Bearer ${token}`);
      assert.equal(other.requests[0]?.path, '/elsewhere');
      assert.equal(other.requests[0].headers.authorization, undefined);
    });

    it('is not sent over plain http to another machine', async () => {
      tokens = token;
      const seen: Readonly<Record<string, string>>[] = [];
      const hub = createHubClient({
        endpoint: 'http://hub.example',
        transport: {
          request(request) {
            seen.push(request.headers);
            return Promise.reject(new Cancelled());
          },
          close: () => Promise.resolve(),
        },
        token: () => Promise.resolve(tokens === undefined ? undefined : { token: tokens, place }),
        clock,
        logger,
        userAgent: 'asr-test/1',
      });
      await assert.rejects(hub.resolveRevision('org/name', 'main', idle()), Cancelled);
      assert.equal(seen[0]?.['authorization'], undefined);
    });

    it('is left out once when the Hub calls it wrong, so that public models still come', async () => {
      tokens = token;
      server.answer = ({ headers }) =>
        headers.authorization === undefined
          ? { body: revisionBody() }
          : { status: 401, body: { error: 'Invalid credentials in Authorization header' } };
      assert.equal((await client().resolveRevision('org/name', 'main', idle())).commit, commit);
      assert.equal(server.requests.length, 2);
      assert.match(logger.lines.join('\n'), /refused the token/);
    });

    it('is left out for the pages behind the one that it was refused for', async () => {
      tokens = token;
      server.answer = ({ headers, query }) => {
        if (headers.authorization !== undefined) return { status: 401 };
        if (query.has('cursor')) return { body: [fileEntry('b')] };
        return { headers: { link: '<?cursor=1>; rel="next"' }, body: [fileEntry('a')] };
      };
      assert.equal((await client().listFiles('org/name', commit, idle())).length, 2);
      assert.equal(server.requests.length, 3);
    });

    it('counts as wrong when a 401 says nothing of a repository', async () => {
      tokens = token;
      server.answer = ({ headers }) =>
        headers.authorization === undefined ? { body: revisionBody() } : { status: 401 };
      assert.equal((await client().resolveRevision('org/name', 'main', idle())).commit, commit);
    });

    it('is not given up for a repository that it may not see', async () => {
      tokens = token;
      server.answer = () => ({ status: 401, headers: { 'x-error-code': 'RepoNotFound' } });
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'notFound');
      assert.match(error.message, /the token’s account may not see it/);
      assert.equal(server.requests.length, 2);
    });

    for (const [name, reply] of [
      [
        'a 401 with the code of a missing repository',
        { status: 401, headers: { 'x-error-code': 'RepoNotFound' } },
      ],
      ['a 403 without a reason', { status: 403, body: { error: 'token scope' } }],
      ['a 401 of a gated repository', { status: 401, headers: { 'x-error-code': 'GatedRepo' } }],
    ] as const) {
      it(`is left out once after ${name} too`, async () => {
        tokens = token;
        server.answer = ({ headers }) =>
          headers.authorization === undefined ? { body: revisionBody() } : reply;
        assert.equal((await client().resolveRevision('org/name', 'main', idle())).commit, commit);
        assert.equal(server.requests.length, 2);
      });
    }

    for (const [from, text] of [
      [{ kind: 'environment', variable: 'HF_TOKEN' }, /in the environment variable HF_TOKEN:/],
      [
        { kind: 'file', path: '/home/me/.cache/huggingface/token' },
        /in the file \/home\/me\/\.cache\/huggingface\/token:/,
      ],
      [{ kind: 'secretStorage' }, /does not accept the access token: it is wrong/],
    ] as const) {
      it(`is named by its place when it is wrong: ${from.kind}`, async () => {
        server.answer = ({ headers }) =>
          headers.authorization === undefined
            ? { body: revisionBody() }
            : { status: 401, body: { error: 'Invalid credentials in Authorization header' } };
        const hub = createHubClient({
          endpoint: server.origin,
          transport: createFetchTransport((url, init) => fetch(url, init)),
          token: () => Promise.resolve({ token, place: from }),
          clock,
          logger,
          userAgent: 'asr-test/1',
        });
        const { refusedToken } = await hub.resolveRevision('org/name', 'main', idle());
        assert.equal(refusedToken?.code, 'auth');
        assert.match(refusedToken.message, text);
        server.answer = () => ({ status: 401, body: { error: 'Invalid credentials' } });
        assert.match((await rejection(hub.listFiles('org/name', commit, idle()))).message, text);
      });
    }

    it('that can’t stand in a header is not sent, and named', async () => {
      tokens = 'hf_abc\u2026def';
      server.answer = () => ({ body: revisionBody() });
      const { refusedToken } = await client().resolveRevision('org/name', 'main', idle());
      assert.match(refusedToken?.message ?? '', /HF_TOKEN contains characters that no token has/);
      assert.equal(server.requests[0]?.headers.authorization, undefined);
      server.answer = () => ({ status: 401, headers: { 'x-error-code': 'RepoNotFound' } });
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'auth');
      assert.match(error.message, /HF_TOKEN contains characters/);
    });

    it('is the reported error when the model is not public either', async () => {
      tokens = token;
      server.answer = ({ headers }) =>
        headers.authorization === undefined
          ? { status: 401, headers: { 'x-error-code': 'RepoNotFound' } }
          : {
              status: 401,
              headers: { 'x-error-message': 'Invalid credentials in Authorization header' },
            };
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'auth');
    });

    it('does not follow from https to http', async () => {
      const asked: string[] = [];
      const hub = createHubClient({
        endpoint: 'https://hub.example',
        transport: {
          request({ url }) {
            asked.push(url);
            async function* nothing(): AsyncGenerator<Uint8Array> {
              yield await Promise.resolve(Buffer.alloc(0));
            }
            const headers = { location: 'http://hub.example/insecure' };
            const discard = (): undefined => undefined;
            return Promise.resolve({ status: 302, headers, body: nothing(), discard });
          },
          close: () => Promise.resolve(),
        },
        token: () => Promise.resolve({ token, place }),
        clock,
        logger,
        userAgent: 'asr-test/1',
      });
      const error = await rejection(hub.resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'tls');
      assert.match(error.message, /without encryption/);
      assert.equal(asked.length, 1);
    });

    it('stops after a few redirects', async () => {
      server.answer = () => ({ status: 302, headers: { location: '/again' } });
      const error = await rejection(client().resolveRevision('org/name', 'main', idle()));
      assert.equal(error.code, 'unsupported');
      assert.equal(server.requests.length, 6);
    });
  });

  describe('asking whose token it is', () => {
    it('gives the name', async () => {
      server.answer = () => ({ body: { type: 'user', name: 'somebody' } });
      assert.equal(await client().whoAmI({ token, place }, idle()), 'somebody');
      assert.equal(server.requests[0]?.path, '/api/whoami-v2');
      assert.equal(server.requests[0].headers.authorization, `Bearer ${token}`);
    });

    it('rejects with auth when the Hub refuses it, without trying anything else', async () => {
      server.answer = () => ({ status: 401, body: { error: 'Invalid username or password.' } });
      const error = await rejection(client().whoAmI({ token, place }, idle()));
      assert.equal(error.code, 'auth');
      assert.equal(server.requests.length, 1);
      assert.doesNotMatch(error.message, /hf_/);
    });
  });

  it('ends any answer in a commit and files, or in an error with a sentence', async () => {
    const status = fc.constantFrom(
      200,
      200,
      200,
      204,
      301,
      302,
      304,
      400,
      401,
      403,
      404,
      416,
      429,
      500,
      503,
    );
    const headers = fc.dictionary(
      fc.constantFrom(
        'x-error-code',
        'x-error-message',
        'retry-after',
        'ratelimit',
        'link',
        'location',
        'x-hf-warning',
        'content-type',
      ),
      fc.oneof(
        fc.constantFrom(
          'GatedRepo',
          'RepoNotFound',
          '5',
          '"api";r=0;t=1',
          '<?cursor=1>; rel="next"',
          '/x',
          'http://[',
          'text/html',
        ),
        fc.string({ unit: 'grapheme-ascii' }),
      ),
    );
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom(
        JSON.stringify(revisionBody()),
        JSON.stringify([fileEntry('a')]),
        '[]',
        '[{"type":"file"}]',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ status, headers, body }), { minLength: 1, maxLength: 4 }),
        async (replies) => {
          let index = 0;
          const hub = createHubClient({
            endpoint: 'https://hub.example',
            transport: {
              request() {
                const reply = replies[index % replies.length];
                index += 1;
                assert(reply !== undefined && index < 2000);
                async function* bytes(): AsyncGenerator<Uint8Array> {
                  yield await Promise.resolve(Buffer.from(reply?.body ?? ''));
                }
                return Promise.resolve({ ...reply, body: bytes(), discard: () => undefined });
              },
              close: () => Promise.resolve(),
            },
            token: () => Promise.resolve({ token, place }),
            clock: createQuickClock(),
            logger,
            userAgent: 'asr-test/1',
          });
          const asks = [
            hub.resolveRevision('org/name', 'main', idle()),
            hub.listFiles('org/name', commit, idle()),
            hub.whoAmI({ token, place }, idle()),
          ];
          for (const outcome of await Promise.allSettled(asks)) {
            if (outcome.status === 'fulfilled') continue;
            const error: unknown = outcome.reason;
            assert(error instanceof AsrError && error.code !== 'unknown', String(error));
            assert(!error.message.includes(token));
          }
        },
      ),
      { numRuns: 150 },
    );
    assert.doesNotMatch(logger.lines.join('\n'), /hf_secret/);
  });

  it('knows where a file’s bytes are asked for', () =>
    assert.equal(
      client('https://hub.example/mirror/').fileUrls('org/name', commit, 'a b/ü#1?.bin')[0]?.url,
      `https://hub.example/mirror/org/name/resolve/${commit}/a%20b/%C3%BC%231%3F.bin`,
    ));

  it('refuses an endpoint that is no address', () => {
    assert.throws(() => client('ftp://x'), { code: 'unsupported' });
    assert.throws(() => client('huggingface.co'), { code: 'unsupported' });
  });

  it('refuses an endpoint with a query or a fragment, which would swallow every path', () => {
    for (const bad of [
      'https://hub.example/?a=1',
      'https://hub.example/x#y',
      'https://hub.example?key=hush',
    ]) {
      assert.throws(
        () => client(bad),
        (error) =>
          error instanceof AsrError &&
          error.message.includes('leave out what begins with') &&
          !error.message.includes('hush'),
      );
    }
  });

  it('refuses an endpoint with a password in it, without repeating it', () =>
    assert.throws(
      () => client('https://me:hush@hub.example'),
      (error) => error instanceof AsrError && !error.message.includes('hush'),
    ));
});
