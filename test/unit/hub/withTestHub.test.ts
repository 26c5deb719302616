import assert from 'node:assert/strict';
import type { HubToken } from '../../../src/common/hubEnvironment';
import { silentLogger } from '../../../src/common/logger';
import { createFetchTransport } from '../../../src/http';
import { createHubClient, type HubClient } from '../../../src/hub';
import { generatedContent, refusedUrl, startTestHub, type TestHub } from '../../hub';
import { createQuickClock } from './scriptedServer';

const idle = (): AbortSignal => new AbortController().signal;

function ofPerson(token: string): HubToken {
  return { token, place: { kind: 'secretStorage' } };
}

describe('the hub client and a whole hub', () => {
  let hub: TestHub;
  let token: string | undefined;

  beforeEach(async () => {
    token = undefined;
    hub = await startTestHub({
      tokens: {
        good: { name: 'somebody', access: ['org/gated'] },
        poor: { name: 'other', access: [] },
      },
      repos: [
        {
          name: 'org/model',
          files: { 'config.json': '{}', 'w/model.bin': generatedContent({ sizeBytes: 5_000_000 }) },
        },
        {
          name: 'org/gated',
          gated: 'auto',
          files: { 'model.bin': generatedContent({ sizeBytes: 10 }) },
        },
        {
          name: 'org/many',
          files: Object.fromEntries(
            Array.from({ length: 95 }, (_, index) => [`f/${index}.txt`, `${index}`]),
          ),
        },
      ],
      treePageSize: 10,
    });
  });
  afterEach(() => hub.close());

  function client(endpoint = hub.url): HubClient {
    return createHubClient({
      endpoint,
      transport: createFetchTransport((url, init) => fetch(url, init)),
      token: () => Promise.resolve(token === undefined ? undefined : ofPerson(token)),
      clock: createQuickClock(),
      logger: silentLogger,
      userAgent: 'asr-test/1',
    });
  }

  it('agree on commit, paths, sizes and digests, over all pages', async () => {
    const { commit } = await client().resolveRevision('org/model', 'main', idle());
    const files = await client().listFiles('org/model', commit, idle());
    assert.deepEqual(
      files.map(({ path, sizeBytes, digest }) => [path, sizeBytes, digest.algorithm]),
      [
        ['config.json', 2, 'git-sha1'],
        ['w/model.bin', 5_000_000, 'sha256'],
      ],
    );
    const many = await client().resolveRevision('org/many', 'main', idle());
    const listed = await client().listFiles('org/many', many.commit, idle());
    assert.equal(new Set(listed.map((file) => file.path)).size, 95);
  });

  it('agree where a file’s bytes are', async () => {
    const { commit } = await client().resolveRevision('org/model', 'main', idle());
    const response = await fetch(
      client().fileUrls('org/model', commit, 'config.json')[0]?.url ?? '',
    );
    assert.equal(await response.text(), '{}');
  });

  it('name what is missing, and a hub that is not there', async () => {
    const missing = client().resolveRevision('org/none', 'main', idle());
    await assert.rejects(missing, { code: 'notFound' });
    await assert.rejects(client().resolveRevision('org/model', 'v9', idle()), {
      code: 'notFound',
      message: /v9/,
    });
    const away = client(await refusedUrl()).resolveRevision('org/model', 'main', idle());
    await assert.rejects(away, { code: 'network', message: /127\.0\.0\.1/ });
  });

  it('tell a token’s owner, and a wrong token', async () => {
    assert.equal(await client().whoAmI(ofPerson('good'), idle()), 'somebody');
    await assert.rejects(client().whoAmI(ofPerson('wrong'), idle()), { code: 'auth' });
    token = 'wrong';
    assert.match(
      (await client().resolveRevision('org/model', 'main', idle())).commit,
      /^[0-9a-f]{40}$/,
    );
  });

  it('follow a renamed repository, its token with it', async () => {
    token = 'good';
    hub.addRepo({ name: 'org/new', files: { a: 'a' }, formerNames: ['org/old'], licence: 'mit' });
    const revision = await client().resolveRevision('org/old', 'main', idle());
    assert.equal(revision.repo, 'org/new');
    assert.equal(revision.licence, 'mit');
    const files = await client().listFiles('org/old', revision.commit, idle());
    assert.equal(files.length, 1);
  });

  it('see a private repository with its token only', async () => {
    hub.addRepo({ name: 'org/gated2', files: { a: 'a' }, private: true });
    await assert.rejects(client().resolveRevision('org/gated2', 'main', idle()), {
      code: 'notFound',
      message: /access token/,
    });
  });

  it('survive faults that pass, and name those that stay', async () => {
    hub.faults.add({ kind: 'status', status: 503 }, { origin: 'hub', times: 2 });
    hub.faults.add({ kind: 'reset', afterBytes: 1 }, { origin: 'hub', times: 1 });
    assert.match(
      (await client().resolveRevision('org/model', 'main', idle())).commit,
      /^[0-9a-f]{40}$/,
    );
    hub.faults.add({ kind: 'htmlPage' }, { origin: 'hub' });
    const portal = client().resolveRevision('org/model', 'main', idle());
    await assert.rejects(portal, { code: 'unsupported', message: /sign-in page/ });
  });
});
