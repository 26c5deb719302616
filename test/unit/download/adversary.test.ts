import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../../src/common/clock';
import { silentLogger } from '../../../src/common/logger';
import type { TransferOutcome } from '../../../src/download';
import { MemoryPool } from '../../../src/download/files/bufferPool';
import { HashQueue } from '../../../src/download/files/hashQueue';
import { realPartialFiles } from '../../../src/download/files/partialFiles';
import { runTransfer } from '../../../src/download/schedule/transferRun';
import { directNetwork, type NetworkSettings } from '../../../src/http';
import { createSocketTransport } from '../../../src/http/sockets';
import { tlsFixture } from '../../hub';
import {
  adversaryCases,
  proxyCases,
  startRawProxy,
  startRawServer,
  type AdversaryCase,
} from '../../hub/adversary';
import { quickSettings, quickTuning } from './support/transferBench';

const run = promisify(execFile);
const content = Buffer.from(Array.from({ length: 30_000 }, (_, at) => (at * 7 + (at >> 8)) & 255));
const hex = createHash('sha256').update(content).digest('hex');
/** Several requests for a small file. */
const tuning = {
  ...quickTuning,
  segmentBytes: 8000,
  firstSegmentBytes: 8000,
  minSegmentBytes: 4000,
  leastSegmentBytes: 4000,
  startConnections: 2,
  retryBaseMs: 1,
  retryMaxMs: 2,
};

describe('the adversary', () => {
  let folder: string;
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-adversary-'));
  });
  after(() => fs.rm(folder, { recursive: true, force: true }));

  /** Downloads the file, and asserts how it ended and that no socket is left. */
  async function download(
    url: string,
    ends: AdversaryCase['ends'],
    network: Partial<NetworkSettings> = {},
    stallMs?: number,
  ): Promise<void> {
    const partialPath = path.join(folder, 'partial');
    const settings = { ...quickSettings, maxConnections: 2, maxRetries: 2 };
    const transport = createSocketTransport({
      ...directNetwork,
      extraCertificates: [tlsFixture.certificate],
      ...network,
    });
    let outcome: TransferOutcome;
    try {
      outcome = await runTransfer(
        {
          files: [
            {
              path: 'a.bin',
              sizeBytes: content.length,
              digest: { algorithm: 'sha256', hex },
              partialPath,
              journalPath: `${partialPath}.json`,
              sources: [{ url: `${url}/` }],
            },
          ],
          settings: { ...settings, stallTimeoutMs: stallMs ?? settings.stallTimeoutMs },
          network: directNetwork,
          userAgent: 'asr-test/1',
        },
        { progress: () => undefined, verified: () => undefined },
        {
          transport,
          disk: realPartialFiles,
          hasher: new HashQueue(),
          clock: systemClock,
          logger: silentLogger,
          tuning,
          memory: new MemoryPool(),
          random: () => 0,
        },
      ).finished;
    } finally {
      await transport.close();
    }
    try {
      if (ends === 'whole') {
        assert.equal(outcome.kind, 'completed', JSON.stringify(outcome));
        assert.ok(content.equals(await fs.readFile(partialPath)), 'the bytes are the right ones');
      } else {
        assert.equal(outcome.kind, 'failed', JSON.stringify(outcome));
        assert.deepEqual(
          [outcome.error.code, outcome.error.message.match(ends.says)?.length],
          [ends.code, 1],
          outcome.error.message,
        );
      }
    } finally {
      await fs.rm(partialPath, { force: true });
      await fs.rm(`${partialPath}.json`, { force: true });
    }
  }

  describe('sends', () => {
    for (const { what, ends, stallMs, askedInTls, ...options } of adversaryCases) {
      it(`${what}: ${ends === 'whole' ? 'the right bytes' : ends.code}`, async () => {
        const server = await startRawServer({ content, ...options });
        try {
          const url = askedInTls === true ? server.url.replace('http:', 'https:') : server.url;
          await download(url, ends, {}, stallMs);
        } finally {
          await server.close();
        }
      });
    }
  });

  describe('is a proxy that says', () => {
    for (const { what, answer, ends, asked } of proxyCases) {
      it(`${what}: ${ends === 'whole' ? 'the right bytes' : ends.code}`, async () => {
        const server = await startRawServer({
          content,
          answer: (ask) => ask.sendRight(),
          tls: 'http/1.1',
        });
        const proxy = await startRawProxy(answer, server.port);
        try {
          await download(server.url, ends, { proxyUrl: proxy.url });
          if (asked !== undefined) assert.equal(proxy.asked(), asked);
        } finally {
          await proxy.close();
          await server.close();
        }
      });
    }
  });

  it('is understood by curl as by us, where curl is the reference', async function () {
    const version = await run('curl', ['--version']).catch(() => undefined);
    // Without curl on this machine there is nothing to compare with.
    if (version === undefined) this.skip();
    const wrong: string[] = [];
    for (const { what, curl, stallMs: _, ends: __, ...options } of adversaryCases) {
      if (curl === undefined) continue;
      const server = await startRawServer({ content, ...options });
      const got = await run('curl', ['-sfL', '--max-redirs', '5', '-m', '20', server.url], {
        encoding: 'buffer',
      }).catch(() => undefined);
      await server.close();
      const isRight = curl === 'whole' ? got?.stdout.equals(content) === true : got === undefined;
      if (!isRight) wrong.push(`${what}: ${String(got?.stdout.length)} bytes`);
    }
    assert.deepEqual(wrong, []);
  });
});
