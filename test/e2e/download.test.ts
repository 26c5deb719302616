import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { generatedContent, startTestHub, type TestHub } from '../hub';
import { reportFailure } from './harness/failureReport';
import { serveJourneyCatalog } from './harness/journeyCatalog';
import { pick, quickPickRow, runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer, treeRow } from './harness/sidebar';
import { pressInToast, toast } from './harness/toasts';
import { Workbench } from './harness/workbench';

const sizeBytes = 120_000_000;

/** Every file below the cache, as paths. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => `${parentPath}/${name}`);
}

describe('a download in the real workbench', function () {
  this.timeout(600_000);
  let hub: TestHub;
  let workbench: Workbench;

  before(async () => {
    hub = await startTestHub({
      repos: [
        {
          name: 'org/journey',
          files: { 'ggml-journey.bin': generatedContent({ sizeBytes, seed: 'journey' }) },
          licence: 'mit',
        },
      ],
      pace: { bytesPerSecondTotal: 15_000_000 },
    });
    const model = {
      id: 'journey-model',
      name: 'Journey model',
      repo: 'org/journey',
      file: 'ggml-journey.bin',
      sizeBytes,
    };
    workbench = await Workbench.start({ settings: serveJourneyCatalog(hub, [model]) });
  });
  afterEach(async function () {
    await reportFailure(this, workbench);
  });
  after(async () => {
    await workbench.dispose();
    await hub.close();
  });

  it('is cancelled from its toast: it goes, the bytes stop, nothing half-done is left', async () => {
    // A busy workbench may not draw for seconds: so long it stays at forty.
    hub.pace.crawlAfter(0.41 * sizeBytes);
    const { page } = workbench;
    await openViewContainer(page, 'ASR Models');
    await runCommand(page, 'ASR: Download Model');
    await quickPickRow(page, 'Journey model').waitFor();
    await pick(page, 'Journey model');
    const running = toast(page, 'Downloading Journey model');
    await running.filter({ hasText: /4\d\s%\s·/ }).waitFor({ timeout: 120_000 });
    await pressInToast(running, 'Cancel');
    await running.waitFor({ state: 'detached' });

    await hub.waitFor(({ origin, aborted }) => origin === 'cdn' && aborted);
    await hub.log.waitForQuiet(({ origin }) => origin === 'cdn');
    await treeRow(page, 'Journey model').waitFor({ state: 'detached' });
    await screenshot(page, 'download cancelled');
    const left = await filesIn(`${workbench.globalStorage}/hub`);
    assert.deepEqual(
      // The windows' notes to each other stay: they have no byte of a model.
      left.filter((file) => !/CACHEDIR\.TAG$|[/\\]\.locks[/\\]asr[/\\]windows[/\\]/.test(file)),
      [],
    );
  });

  it('goes from the palette to the sidebar', async () => {
    hub.pace.bytesPerSecondTotal = 15_000_000;
    hub.pace.crawlAfter(0.3 * sizeBytes);
    const { page } = workbench;
    await runCommand(page, 'ASR: Download Model');
    await quickPickRow(page, 'Journey model').waitFor();
    await screenshot(page, 'download picker');
    await pick(page, 'Journey model');

    const running = toast(page, 'Downloading Journey model');
    await running.waitFor();
    await running
      .filter({ hasText: /\d+\s%\s· [\d.]+\sMB\sof\s120\sMB\s· [\d.]+\s[kM]B\/s\s· .+\sleft/ })
      .waitFor({ timeout: 120_000 });
    await openViewContainer(page, 'ASR Models');
    await treeRow(page, /Journey model.*\d+ %/).waitFor();
    await screenshot(page, 'download toast');
    hub.pace.bytesPerSecondTotal = 0;

    await toast(page, 'Journey model is downloaded and verified').waitFor({ timeout: 120_000 });
    await running.waitFor({ state: 'detached' });
    await treeRow(page, /Journey model.*120 MB/).waitFor();
    await screenshot(page, 'download done');
  });
});
