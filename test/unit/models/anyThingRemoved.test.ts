import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ModelManager, ModelRecord } from '../../../src/models';
import {
  bufferContent,
  contentBytes,
  generatedContent,
  startTestHub,
  type TestHub,
} from '../../hub';
import { assertCleanForOthers } from '../cache/support/killPoints';
import { workerBundle } from '../download/support/workerBundle';
import { testCore } from './support/testCore';

const files = {
  'w/encoder.onnx': generatedContent({ sizeBytes: 70_000, seed: 'encoder' }),
  'w/decoder.onnx': generatedContent({ sizeBytes: 30_000, seed: 'decoder' }),
  'tokens.txt': bufferContent(Buffer.from('hello 0\nworld 1\n')),
};
const modelId = 'hf:org/several';
const neighbourId = 'hf:org/other';

/** Every file, link and folder below a folder, the folder itself last. */
function allBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    const place = path.join(folder, item.name);
    return item.isDirectory() ? [...allBelow(place), place] : [place];
  });
}

/**
 * Anything below the extension's storage is removed, one thing at a time, as by `rm -rf`. What is then said of the model
 * is judged by its bytes alone, and a repair (or a download, where nothing of the model is left) must bring it back.
 */
describe('any one thing removed from the disk', function () {
  this.timeout(300_000);
  let hub: TestHub;
  let root: string;
  let storage: string;
  let distPath: string;
  let manager: ModelManager;

  const start = (): ModelManager =>
    testCore(
      { storagePath: storage, distPath, hubUrl: hub.url },
      {
        knownIds: {
          list: () => Promise.resolve([modelId, neighbourId]),
          add: () => Promise.resolve(),
        },
      },
    );
  const record = async (): Promise<ModelRecord | undefined> =>
    (await manager.models()).find(({ model }) => model.id === modelId);

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'asr-removed-'));
    storage = path.join(root, 'storage');
    distPath = path.join(root, 'dist');
    await mkdir(distPath);
    await copyFile(await workerBundle(), path.join(distPath, 'transferWorker.js'));
    hub = await startTestHub({
      repos: [
        { name: 'org/several', files },
        { name: 'org/other', files: { 'ggml-small.bin': 'neighbour' } },
      ],
    });
    manager = start();
    for (const id of [modelId, neighbourId]) await (await manager.download(id)).finished;
    await manager.shutDown();
  });
  after(async () => {
    await hub.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** By the files alone, not by our code: every file of the model is where other programs look for it. */
  function isWhole(commit: string): boolean {
    const snapshot = path.join(storage, 'hub/models--org--several/snapshots', commit);
    return Object.entries(files).every(([name, content]) => {
      const file = path.join(snapshot, name);
      return existsSync(file) && readFileSync(file).equals(contentBytes(content));
    });
  }

  it('leaves a true state, which a repair makes whole', async () => {
    const [commit = ''] = readdirSync(path.join(storage, 'hub/models--org--several/snapshots'));
    const things = [...allBelow(storage), storage];
    assert.ok(things.length > 25, String(things.length));
    for (const thing of things) {
      const name = path.relative(storage, thing) || 'everything';
      try {
        rmSync(thing, { recursive: true, force: true });
        manager = start();
        const whole = isWhole(commit);
        const state = (await record())?.state ?? 'notDownloaded';
        if (state === 'downloaded') assert.ok(whole, 'what is offered is whole');
        else if (state !== 'notDownloaded') {
          const { missing, unlisted } = await manager.library.verify([modelId], {});
          assert.ok(missing.length + unlisted.length > 0, 'verify says what is wrong');
        }
        if (state === 'notDownloaded') {
          await (
            await manager.download(modelId)
          ).finished;
        } else await manager.library.verify([modelId], { repair: true });
        await (
          await manager.download(neighbourId)
        ).finished;
        const after = await record();
        assert.equal(after?.state, 'downloaded');
        assert.equal(after.downloaded?.verified, true);
        assert.ok(isWhole(commit));
        assert.equal(
          readFileSync(path.join(storage, 'hub/models--org--several/refs/main'), 'utf8'),
          commit,
        );
        assert.ok(existsSync(path.join(storage, `hub/models--org--several/trees/${commit}.json`)));
        assertCleanForOthers(path.join(storage, 'hub'));
      } catch (error) {
        throw new Error(`${name} removed: ${String(error)}`, { cause: error });
      } finally {
        await manager.shutDown();
      }
    }
  });
});
