import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { startLeashed, type LeashedProcess } from '../../scripts/process/leashedProcess';
import { reportFailure } from './harness/failureReport';
import { pick, quickPickRow, runCommand } from './harness/palette';
import { openBrowser, type WorkbenchBrowser } from './harness/browser';
import { openViewContainer, treeRow } from './harness/sidebar';
import { screenshot } from './harness/screenshots';
import { toast } from './harness/toasts';

describe('npm start', () => {
  let folder: string;
  let start: LeashedProcess;
  let browser: WorkbenchBrowser;
  let page: Page | undefined;

  beforeEach(async () => {
    browser = await openBrowser();
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-start-'));
    const options = ['--server', '--port', '0', '--folder', folder];
    start = startLeashed(process.execPath, ['scripts/start.mjs', ...options]);
  });
  afterEach(async function () {
    const logs = path.join(folder, 'data', 'data', 'logs');
    await reportFailure(this, page === undefined ? undefined : { page, logs });
    await browser.close();
    await start.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  it('opens a VS Code in which a sample model can be downloaded, and ends all of it', async () => {
    const [, address] = await start.waitForLine(/VS Code: +(http:\S+)/, 120_000);
    const [, hub] = await start.waitForLine(/Sample hub: +(http:\S+)/, 1_000);
    assert.ok(address !== undefined && hub !== undefined);
    page = await browser.openWindow(address);
    await runCommand(page, 'ASR: Download Model');
    await quickPickRow(page, 'Sample').waitFor();
    await screenshot(page, 'start picker');
    await pick(page, 'Sample Whisper hello');
    await toast(page, 'Sample Whisper hello is downloaded and verified').waitFor();
    await openViewContainer(page, 'ASR Models');
    await treeRow(page, 'Sample Whisper hello').waitFor();
    await start.stop();
    for (const gone of [address, hub]) await assert.rejects(fetch(gone), gone);
  });
});
