import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import {
  contentBytes,
  generatedContent,
  refusedUrl,
  startTestHub,
  type Fault,
  type TestHub,
} from '../../hub';
import { digestHasher } from '../../../src/common/digest';

const large = generatedContent({ sizeBytes: 5_000_000, seed: 'large' });
const config = '{"model_type":"whisper"}';

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly error?: Error;
}

/** One plain GET without redirects, retries or connection pools. */
async function ask(url: string, headers: Record<string, string> = {}): Promise<Got> {
  const request = get(url, { headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  const parts: Buffer[] = [];
  const status = response.statusCode ?? 0;
  try {
    for await (const part of response) if (Buffer.isBuffer(part)) parts.push(part);
  } catch (error) {
    assert.ok(error instanceof Error);
    return { status, headers: response.headers, body: Buffer.concat(parts), error };
  }
  return { status, headers: response.headers, body: Buffer.concat(parts) };
}

async function head(url: string): Promise<IncomingMessage> {
  const request = get(url, { method: 'HEAD', agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

function json(got: Got): unknown {
  return JSON.parse(got.body.toString()) as unknown;
}

describe('the test hub', () => {
  let hub: TestHub;

  beforeEach(async () => {
    hub = await startTestHub({
      tokens: {
        hf_full: { name: 'somebody', access: ['org/gated', 'org/private'] },
        hf_none: { name: 'nobody', access: [] },
      },
      repos: [
        {
          name: 'org/model',
          files: { 'config.json': config, 'weights/model.bin': large, 'empty.txt': '' },
          formerNames: ['org/old'],
        },
        { name: 'org/gated', files: { 'model.bin': Buffer.from('secret') }, gated: 'auto' },
        { name: 'org/private', files: { 'a.txt': 'a' }, private: true },
      ],
    });
  });

  afterEach(() => hub.close());

  const commit = (): string => hub.repo('org/model').headCommit;
  const resolveUrl = (path = 'weights/model.bin'): string =>
    `${hub.url}/org/model/resolve/${commit()}/${path}`;
  const cdnUrl = async (): Promise<string> =>
    (await ask(resolveUrl())).headers.location ?? assert.fail('no redirect');
  const fault = async (fault: Fault, range = 'bytes=0-'): Promise<Got> => {
    const url = await cdnUrl();
    hub.faults.add(fault, { origin: 'cdn', times: 1 });
    return ask(url, { range });
  };

  describe('lists as the Hub does', () => {
    it('pins a revision and answers only the properties that were asked for', async () => {
      const got = await ask(
        `${hub.url}/api/models/org/model/revision/main?expand=sha&expand=gated`,
      );
      const { sha, gated, siblings } = json(got) as Record<string, unknown>;
      assert.deepEqual(
        { sha, gated, siblings },
        { sha: commit(), gated: false, siblings: undefined },
      );
      assert.match(String(got.headers['ratelimit']), /^"api";r=\d+;t=\d+$/);
    });

    it('gives the tree in pages with digests of both kinds', async () => {
      const files = Object.fromEntries(
        Array.from({ length: 7 }, (_, i) => [`f/${String(i)}.txt`, String(i)]),
      );
      const small = await startTestHub({ treePageSize: 3, repos: [{ name: 'a/b', files }] });
      try {
        const paths: string[] = [];
        let next: string | undefined =
          `${small.url}/api/models/a/b/tree/main?recursive=true&expand=false`;
        let pages = 0;
        while (next !== undefined) {
          const got: Got = await ask(next);
          pages += 1;
          for (const { path } of json(got) as { path: string }[]) paths.push(path);
          next = /^<([^>]+)>; rel="next"$/.exec(String(got.headers['link']))?.[1];
        }
        assert.equal(pages, 3);
        assert.deepEqual(paths, ['f', ...Object.keys(files)]);
      } finally {
        await small.close();
      }
      const got = await ask(`${hub.url}/api/models/org/model/tree/${commit()}?recursive=true`);
      const [configEntry, , , model] = json(got) as { oid: string; lfs?: { oid: string } }[];
      assert.equal(configEntry?.oid, gitSha1(config));
      assert.equal(model?.lfs?.oid, createHash('sha256').update(contentBytes(large)).digest('hex'));
    });

    it('refuses with the error codes of the Hub', async () => {
      const cases: [string, string | undefined, number, string | undefined][] = [
        ['/api/models/org/none', undefined, 401, 'RepoNotFound'],
        ['/api/models/org/none', 'hf_full', 404, 'RepoNotFound'],
        ['/api/models/org/private', undefined, 401, 'RepoNotFound'],
        ['/api/models/org/private', 'hf_full', 200, undefined],
        ['/api/models/org/model', 'hf_wrong', 401, undefined],
        ['/api/models/org/model/revision/nope', undefined, 404, 'RevisionNotFound'],
        ['/org/model/resolve/main/nope.bin', undefined, 404, 'EntryNotFound'],
        ['/org/gated/resolve/main/model.bin', undefined, 401, 'GatedRepo'],
        ['/org/gated/resolve/main/model.bin', 'hf_none', 403, 'GatedRepo'],
        ['/org/gated/resolve/main/model.bin', 'hf_full', 302, undefined],
      ];
      for (const [path, token, status, code] of cases) {
        const headers: Record<string, string> =
          token === undefined ? {} : { authorization: `Bearer ${token}` };
        const got = await ask(`${hub.url}${path}`, headers);
        assert.deepEqual([got.status, got.headers['x-error-code']], [status, code], path);
      }
    });
  });

  describe('hands out files as the Hub does', () => {
    it('redirects a large file to a signed address whose ETag is not the sha256', async () => {
      const redirect = await ask(resolveUrl());
      assert.equal(redirect.status, 302);
      assert.equal(redirect.headers['x-linked-size'], String(large.sizeBytes));
      assert.equal(redirect.headers['x-linked-etag'], `"${await large.sha256()}"`);
      const bytes = await ask(redirect.headers.location ?? '', { range: 'bytes=1048570-2097160' });
      assert.equal(bytes.status, 206);
      assert.equal(bytes.headers['content-range'], 'bytes 1048570-2097160/5000000');
      assert.notEqual(bytes.headers.etag, redirect.headers['x-linked-etag']);
      assert.deepEqual(bytes.body, contentBytes(large).subarray(1_048_570, 2_097_161));
      const behind = await ask(redirect.headers.location ?? '', { range: 'bytes=5000000-' });
      assert.deepEqual([behind.status, behind.headers['content-range']], [416, 'bytes */5000000']);
    });

    it('redirects a small file relatively, and a renamed repository too', async () => {
      const redirect = await ask(resolveUrl('config.json'));
      assert.equal(redirect.status, 307);
      assert.match(redirect.headers.location ?? '', /^\/api\/resolve-cache\/models\/org\/model\//);
      const got = await ask(new URL(redirect.headers.location ?? '', hub.url).href);
      assert.equal(got.body.toString(), config);
      assert.equal(got.headers.etag, `"${gitSha1(config)}"`);
      const moved = await ask(`${hub.url}/org/old/resolve/main/config.json`);
      assert.equal(moved.headers.location, '/org/model/resolve/main/config.json');
      const movedApi = await ask(`${hub.url}/api/models/org/old/tree/main?recursive=true`);
      assert.equal(movedApi.headers.location, '/api/models/org/model/tree/main?recursive=true');
    });

    it('takes names with any characters', async () => {
      for (const path of ["w/ünï #1 (a)%'!.bin", 'ü/ 1%20?.txt']) {
        const bytes = Buffer.from(`bytes of ${path}`);
        hub.repo('org/model').push({ [path]: bytes });
        const encoded = path.split('/').map(encodeURIComponent).join('/');
        const redirect = await ask(`${hub.url}/org/model/resolve/main/${encoded}`);
        const location = new URL(redirect.headers.location ?? '', hub.url).href;
        assert.deepEqual((await ask(location)).body, bytes, path);
      }
      const none = await ask(
        `${hub.url}/api/models/org/model/revision/${encodeURIComponent('ü/1')}`,
      );
      assert.equal(none.headers['x-error-code'], 'RevisionNotFound');
    });

    it('lets signed addresses expire, and refuses a token beside a signature', async () => {
      const url = await cdnUrl();
      assert.equal((await ask(url, { authorization: 'Bearer hf_full' })).status, 400);
      hub.expireSignedUrls();
      assert.equal((await ask(url)).status, 403);
      assert.equal((await ask(await cdnUrl())).status, 200);
      assert.deepEqual(
        hub.log.filter((r) => r.token !== undefined).map((r) => [r.origin, r.token]),
        [['cdn', 'hf_full']],
      );
    });

    it('counts requests against a quota', async () => {
      const limited = await startTestHub({
        quotas: { api: 1 },
        repos: [{ name: 'a/b', files: {} }],
      });
      try {
        assert.equal((await ask(`${limited.url}/api/models/a/b`)).status, 200);
        const refused = await ask(`${limited.url}/api/models/a/b`);
        assert.equal(refused.status, 429);
        assert.match(String(refused.headers['ratelimit']), /;r=0;/);
      } finally {
        await limited.close();
      }
    });
  });

  describe('misbehaves on request', () => {
    it('cuts, shortens and lengthens bodies', async () => {
      const reset = await fault({ kind: 'reset', afterBytes: 100_000 });
      assert.equal(reset.body.length, 100_000);
      assert.ok(reset.error);
      const cut = await fault({ kind: 'truncate', afterBytes: 3_000_000 });
      assert.equal(cut.body.length, 3_000_000);
      assert.ok(cut.error);
      const long = await fault({ kind: 'overlong', bytes: 10, framing: 'chunked' });
      assert.equal(long.body.length, large.sizeBytes + 10);
      const short = await fault({ kind: 'contentLength', delta: 5 });
      assert.equal(short.headers['content-length'], '5000005');
      assert.ok(short.error);
    });

    it('answers a range with something else', async () => {
      const whole = await fault({ kind: 'ignoreRange' }, 'bytes=10-19');
      assert.deepEqual([whole.status, whole.body.length], [200, large.sizeBytes]);
      const page = await fault({ kind: 'htmlPage' });
      assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
      const gzip = await fault({ kind: 'gzip' }, 'bytes=10-19');
      assert.deepEqual([gzip.status, gzip.headers['content-encoding']], [200, 'gzip']);
      const range = await fault({ kind: 'contentRange', value: 'bytes 0-9/10' }, 'bytes=10-19');
      assert.equal(range.headers['content-range'], 'bytes 0-9/10');
      const busy = await fault({ kind: 'status', status: 429, headers: { 'Retry-After': '7' } });
      assert.deepEqual([busy.status, busy.headers['retry-after']], [429, '7']);
    });

    it('changes what it says, or the bytes, or where it sends the client', async () => {
      const etag = await fault({ kind: 'headers', set: { ETag: '"new"', 'Accept-Ranges': '' } });
      assert.deepEqual([etag.headers.etag, etag.headers['accept-ranges']], ['"new"', undefined]);
      const other = generatedContent({ sizeBytes: large.sizeBytes, seed: 'newer' });
      const newer = await fault({ kind: 'content', content: other, etag: 'newer' });
      assert.deepEqual([newer.headers.etag, newer.status], ['"newer"', 206]);
      assert.ok(newer.body.equals(contentBytes(other)));
      const shifted = await fault({ kind: 'shiftedBody', bytes: 5 }, 'bytes=10-19');
      assert.equal(shifted.headers['content-range'], 'bytes 10-19/5000000');
      assert.deepEqual(shifted.body, contentBytes(large).subarray(15, 25));
      const unknown = await fault({ kind: 'chunked' });
      assert.deepEqual([unknown.headers['content-length'], unknown.body.length], [undefined, 5e6]);
      const loop = await fault({ kind: 'redirect', location: (url) => url, status: 307 });
      assert.equal(loop.status, 307);
      assert.match(loop.headers.location ?? '', /^\/xet-bridge-us\/.*Signature=/);
    });

    it('lets the speed of one answer collapse', async () => {
      const slow = fault({ kind: 'slow', afterBytes: 1_000_000, bytesPerSecond: 6_000 });
      const fast = ask(await cdnUrl());
      await hub.waitForBytes(1_000_000, (r) => r.faults.includes('slow'));
      assert.equal((await fast).body.length, large.sizeBytes);
      const crawling = await hub.waitFor(
        (r) => r.faults.includes('slow') && r.bytesSent > 1_000_000,
      );
      assert.ok(crawling.bytesSent < 1_100_000, `${crawling.bytesSent}`);
      hub.dropConnections();
      assert.ok((await slow).error);
      assert.equal(crawling.aborted, false);
    });

    it('freezes every body until it thaws', async () => {
      const url = await cdnUrl();
      hub.pace.bytesPerSecondPerConnection = 20_000_000;
      const both = Promise.all([ask(url), ask(url)]);
      await hub.waitForBytes(1_000_000);
      const thaw = hub.freeze();
      hub.pace.bytesPerSecondPerConnection = 0;
      // Round trips give sent bytes the time to arrive.
      for (let i = 0; i < 5; i += 1) await head(resolveUrl());
      const sent = hub.log.bytesSent((r) => r.origin === 'cdn');
      for (let i = 0; i < 20; i += 1) await head(resolveUrl());
      assert.equal(
        hub.log.bytesSent((r) => r.origin === 'cdn'),
        sent,
      );
      assert.ok(sent < 10e6);
      thaw();
      assert.deepEqual(
        (await both).map((got) => got.body.length),
        [5e6, 5e6],
      );
    });

    it('corrupts one byte, once', async () => {
      const expected = contentBytes(large);
      const wrong = await fault({ kind: 'corrupt', offset: 2_500_000 });
      assert.equal(wrong.body.readUInt8(2_500_000), expected.readUInt8(2_500_000) ^ 0xff);
      const right = await ask(await cdnUrl());
      assert.ok(right.body.equals(expected));
    });

    it('stalls until it is released, and says when a client hangs up', async () => {
      const url = await cdnUrl();
      const stall = hub.faults.add({ kind: 'stall', afterBytes: 1_000_000 }, { origin: 'cdn' });
      const waiting = ask(url);
      await hub.waitForBytes(1_000_000);
      assert.equal(
        hub.log.bytesSent((r) => r.origin === 'cdn'),
        1_000_000,
      );
      stall.release();
      assert.equal((await waiting).body.length, large.sizeBytes);

      hub.faults.add({ kind: 'hang' }, { origin: 'cdn' });
      const request = get(url, { agent: false });
      request.on('error', () => undefined);
      await hub.waitFor((r) => r.faults.includes('hang'));
      request.destroy();
      const record = await hub.waitFor((r) => r.faults.includes('hang') && r.ended);
      assert.equal(record.aborted, true);
    });

    it('hits the nth request and a file by name', async () => {
      const rule = hub.faults.add(
        { kind: 'status', status: 503 },
        { origin: 'hub', path: 'config.json', nth: [1, 3] },
      );
      const statuses: number[] = [];
      for (let i = 0; i < 4; i += 1) statuses.push((await ask(resolveUrl('config.json'))).status);
      assert.deepEqual(statuses, [503, 307, 503, 307]);
      assert.equal((await ask(resolveUrl())).status, 302);
      assert.equal(rule.hits, 2);
    });

    it('refuses connections of an origin and comes back at the same address', async () => {
      const url = await cdnUrl();
      await hub.closeOrigin('cdn');
      await assert.rejects(ask(url), { code: 'ECONNREFUSED' });
      await hub.reopenOrigin('cdn');
      assert.equal((await ask(url)).status, 200);
      await assert.rejects(ask(await refusedUrl()), { code: 'ECONNREFUSED' });
    });

    it('crawls after so many bytes, until a rate is set', async () => {
      const url = await cdnUrl();
      hub.pace.bytesPerSecondTotal = 20_000_000;
      hub.pace.crawlAfter(1_000_000);
      const body = ask(url);
      await hub.waitForBytes(1_000_000);
      for (let i = 0; i < 20; i += 1) await head(resolveUrl());
      const sent = hub.log.bytesSent((r) => r.origin === 'cdn');
      assert.ok(sent < 1_900_000, `${sent} bytes`);
      hub.pace.bytesPerSecondTotal = 0;
      assert.equal((await body).status, 200);
    });

    it('holds a rate for each connection', async () => {
      const url = await cdnUrl();
      hub.pace.bytesPerSecondPerConnection = 2_000_000;
      const startMs = performance.now();
      await ask(url, { range: 'bytes=0-599999' });
      const seconds = (performance.now() - startMs) / 1000;
      assert.ok(seconds > 0.2 && seconds < 2, `600 kB at 2 MB/s took ${seconds} s`);
    });
  });

  it('keeps commits apart when a repository moves on', async () => {
    const before = commit();
    const after = hub.repo('org/model').push({ 'config.json': '{}' });
    assert.notEqual(after, before);
    const got = await ask(`${hub.url}/org/model/resolve/${after}/weights/model.bin`);
    assert.equal(got.headers['x-error-code'], 'EntryNotFound');
    const info = await ask(`${hub.url}/api/models/org/model?expand=sha`);
    assert.equal((json(info) as { sha: string }).sha, after);
  });

  it('survives malformed addresses', async () => {
    for (const path of [
      '/%',
      '/a/b/resolve/main/%zz',
      '/api/models/%E0%A4%A',
      '//',
      '/api/models/',
    ]) {
      const got = await ask(`${hub.url}${path}`);
      assert.ok(got.status >= 400, `${path} ${got.status}`);
    }
    assert.equal((await ask(`${hub.url}/api/models/org/model`)).status, 200);
  });

  it('answers HEAD without a body', async () => {
    const response = await head(await cdnUrl());
    assert.equal(response.headers['content-length'], String(large.sizeBytes));
    await hub.log.waitForQuiet();
    assert.equal(hub.log.records.at(-1)?.aborted, false);
  });
});

function gitSha1(text: string): string {
  return digestHasher('git-sha1', Buffer.byteLength(text)).update(text).digest('hex');
}
