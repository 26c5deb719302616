import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Validator, type Schema } from '@cfworker/json-schema';
import { hashContent } from '../../hub';
import {
  failingFamilies,
  sampleCatalogName,
  sampleFamilies,
  sampleLargeBytes,
  sampleLargeContent,
  sampleLargeSha256,
  sampleToken,
  startSampleHub,
  type SampleHub,
} from '../../hub/sample';
import { bundled } from '../download/support/workerBundle';

const root = path.resolve(__dirname, '../../..');

interface Entry {
  readonly repo: string;
  readonly files: readonly { path: string; sizeBytes: number; sha256?: string; gitSha1?: string }[];
}
interface Document {
  readonly name: string;
  readonly endpoint: string;
  readonly families: readonly { readonly variants: readonly Entry[] }[];
}

async function catalogOf(url: string): Promise<Document> {
  return (await (await fetch(url)).json()) as Document;
}

describe('every model of the sample hub', () => {
  // Generating and hashing the models takes far longer than the requests.
  let sample: SampleHub;
  before(async () => {
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes: 3_000_000, failing: true });
  });
  after(() => sample.close());

  it('is in a catalog that the schema accepts and whose digests its tree confirms', async () => {
    const catalog = await catalogOf(sample.catalogUrl);
    const schemaPath = path.join(root, 'src/catalog/data/catalog.schema.json');
    const schema = JSON.parse(readFileSync(schemaPath, 'utf8')) as Schema;
    assert.deepEqual(new Validator(schema, '2020-12', false).validate(catalog).errors, []);
    assert.equal(catalog.name, sampleCatalogName);
    assert.equal(catalog.endpoint, sample.url);

    const entries = catalog.families.flatMap((family) => family.variants);
    assert.equal(
      entries.length,
      [...sampleFamilies, ...failingFamilies].flatMap((family) => family.variants).length,
    );
    for (const { repo, files } of entries) {
      const tree = (await (
        await fetch(`${sample.url}/api/models/${repo}/tree/main?recursive=true`)
      ).json()) as { path: string; oid: string; size: number; lfs?: { oid: string } }[];
      for (const file of files) {
        const entry = tree.find((each) => each.path === file.path);
        assert.equal(entry?.size, file.sizeBytes, file.path);
        assert.equal(entry.lfs?.oid ?? entry.oid, file.sha256 ?? file.gitSha1, file.path);
      }
    }
  });

  it('is handed out with the bytes its digests promise, the gated one for its token', async () => {
    const { families } = await catalogOf(sample.catalogUrl);
    for (const { repo, files } of families.flatMap((family) => family.variants)) {
      for (const file of files) {
        if (file.sha256 === undefined) continue;
        const url = `${sample.url}/${repo}/resolve/main/${file.path}`;
        const headers = { authorization: `Bearer ${sampleToken}` };
        const redirect = await fetch(url, { redirect: 'manual', headers });
        const got = await fetch(redirect.headers.get('location') ?? '');
        const bytes = Buffer.from(await got.arrayBuffer());
        assert.equal(createHash('sha256').update(bytes).digest('hex'), file.sha256, file.path);
      }
    }
    const gated = await fetch(`${sample.url}/samples/gated-whisper/resolve/main/ggml-gated.en.bin`);
    assert.equal(gated.headers.get('x-error-code'), 'GatedRepo');
  });
});

describe('the sample hub', () => {
  it('knows the digest of the large model without hashing it', async () => {
    // The bytes depend on the generator alone, so their beginning is enough to detect that the constant digest is outdated.
    const content = sampleLargeContent(sampleLargeBytes);
    assert.equal(await content.sha256(), sampleLargeSha256);
    assert.equal(
      await hashContent(content, 'sha256', 64 * 1024 * 1024),
      '5411da6152929a7ee83f9aa3c5090202d37b327d0f6d796cbd18dc403f6ac6ff',
    );
    const last = content.read(sampleLargeBytes - 10, 100);
    assert.equal(last.length, 10);
  });

  it('takes other ports when its own are taken', async () => {
    const first = await startSampleHub({ largeBytes: 10 });
    try {
      const port = Number(new URL(first.url).port);
      const second = await startSampleHub({ largeBytes: 10, port });
      assert.notEqual(second.url, first.url);
      await second.close();
    } finally {
      await first.close();
    }
  });

  it('is a program that prints its address and ends on SIGTERM', async () => {
    const program = await bundled('test/hub/sample/main.ts');
    const args = [program, '--port', '0', '--large-bytes', '1000'];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const first: unknown = (await lines.next()).value;
      const url = /^Sample hub: (http:\/\/127\.0\.0\.1:\d+)$/.exec(String(first))?.[1];
      assert.ok(url, String(first));
      assert.equal((await catalogOf(`${url}/catalog.json`)).endpoint, url);
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
