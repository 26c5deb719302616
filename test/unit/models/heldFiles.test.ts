import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { contentBytes, generatedContent, startTestHub, type TestHub } from '../../hub';
import { playedWindowsCode, playWindows } from '../cache/support/playedWindows';
import { readHead } from '../../../src/common/readAt';
import type { ModelManager } from '../../../src/models';
import { newCoreFolder } from './support/coreFolder';
import { type CorePlace, testCore } from './support/testCore';

const heldMs = 60;
const content = generatedContent({ sizeBytes: 3_000_000, seed: 'held' });
const modelId = 'hf:org/held';

/** Every file that is written is looked at by another program for a moment, in the worker's thread as well. */
describe('a download on a computer with a virus scanner', () => {
  for (const linkError of [undefined, 'EPERM', 'EISDIR'] as const) {
    describe(linkError === undefined ? 'with links' : `without links (${linkError})`, () => {
      let hub: TestHub;
      let root: string;
      let place: CorePlace;
      let manager: ModelManager;
      let played: ReturnType<typeof playWindows>;
      beforeEach(async () => {
        hub = await startTestHub({
          repos: [{ name: 'org/held', files: { 'a/model.bin': content, 'b/copy.bin': content } }],
        });
        ({ root, place } = await newCoreFolder(hub.url));
        const refusals = { heldMs, ...(linkError === undefined ? {} : { linkError }), only: root };
        const worker = path.join(place.distPath, 'transferWorker.js');
        await writeFile(worker, playedWindowsCode(refusals) + (await readFile(worker, 'utf8')));
        manager = testCore(place);
        played = playWindows(refusals);
      });
      afterEach(async () => {
        played.end();
        await manager.shutDown();
        await hub.close();
        await rm(root, { recursive: true, force: true, maxRetries: 5 });
      });

      it('arrives, is read, is verified and repaired, and goes away', async () => {
        const model = await (await manager.download(modelId)).finished;
        assert.ok(played.refused() > 0);
        const file = path.join(model.path, 'a/model.bin');
        assert.deepEqual(await readFile(file), contentBytes(content));
        assert.equal((await readHead(file, 16)).length, 16);
        await writeFile(file, Buffer.alloc(3_000_000, 1));
        const report = await manager.library.verify([modelId], { repair: true });
        assert.ok(report.repaired.length > 0);
        assert.deepEqual(await readFile(file), contentBytes(content));
        const { reclaimedBytes } = await manager.deleteModel(modelId);
        assert.ok(reclaimedBytes > 0);
        assert.deepEqual(await manager.downloadedModels(), []);
      });
    });
  }
});
