/**
 * How long a scan of a large cache takes: 1,000 models with 10,000 files. Printed, not judged: `npx tsx
 * test/bench/scan.ts`. "Cold" is the first scan of a new store; the files' names and sizes come from the system's cache.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createModelStore } from '../../src/cache';
import { systemClock } from '../../src/common/clock';
import { silentLogger } from '../../src/common/logger';

const models = 1_000;
const filesPerModel = 10;

function makeCache(root: string): void {
  for (let model = 0; model < models; model++) {
    const repo = path.join(root, `models--bench--model-${String(model)}`);
    const commit = hash(`commit ${String(model)}`, 'sha1');
    const snapshot = path.join(repo, 'snapshots', commit);
    for (const folder of ['blobs', 'refs', 'trees', 'partial']) {
      mkdirSync(path.join(repo, folder), { recursive: true });
    }
    mkdirSync(snapshot, { recursive: true });
    const files: Record<string, object> = {};
    for (let file = 0; file < filesPerModel; file++) {
      const hex = hash(`${String(model)} ${String(file)}`, 'sha256');
      const name = `part-${String(file)}.bin`;
      writeFileSync(path.join(repo, 'blobs', hex), 'x');
      symlinkSync(`../../blobs/${hex}`, path.join(snapshot, name));
      files[name] = { size: 1, blob_id: hash(hex, 'sha1'), lfs_sha256: hex, lfs_size: 1 };
    }
    writeFileSync(
      path.join(repo, 'trees', `${commit}.json`),
      JSON.stringify({ format_version: 1, files }),
    );
    writeFileSync(path.join(repo, 'refs', 'main'), commit);
  }
}

function hash(text: string, algorithm: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

async function main(): Promise<void> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'asr-bench-scan-'));
  try {
    const hubRoot = path.join(root, 'hub');
    makeCache(hubRoot);
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (let round = 0; round < 5; round++) {
      const store = createModelStore({
        hubRoot,
        stateRoot: path.join(root, 'state'),
        clock: systemClock,
        logger: silentLogger,
      });
      const cpu = process.cpuUsage();
      const startMs = performance.now();
      const report = await store.scan();
      const coldMs = performance.now() - startMs;
      const { user, system } = process.cpuUsage(cpu);
      await store.scan();
      const againMs = performance.now() - startMs - coldMs;
      const files = report.repos.reduce(
        (sum, repo) => sum + (repo.snapshots[0]?.files.length ?? 0),
        0,
      );
      console.log(
        `${String(report.repos.length)} models, ${String(files)} files: ` +
          `cold ${coldMs.toFixed(0)} ms (processor ${((user + system) / 1000).toFixed(0)} ms), again ${againMs.toFixed(0)} ms`,
      );
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

void main();
