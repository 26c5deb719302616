import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { largestPackageBytes } from '../../scripts/package/platforms';
import { packageUniversal } from '../../scripts/package/vsix';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { reportFailure } from './harness/failureReport';
import { runCommand } from './harness/palette';
import { screenshot } from './harness/screenshots';
import { openViewContainer } from './harness/sidebar';
import { Workbench } from './harness/workbench';
import {
  clip,
  closeEditor,
  download,
  editorText,
  load,
  loadedItem,
  notice,
  onlyProcess,
  transcribe,
  untilNoProcess,
} from './speechSteps';

describe('the universal package, in the real workbench', function () {
  this.timeout(600_000);
  let sample: SampleHub;
  let workbench: Workbench;
  let page: Page;
  let vsixPath: string;

  before(async () => {
    vsixPath = await packageUniversal();
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes: 1_000_000 });
    workbench = await Workbench.start({
      vsixPath,
      settings: { 'asr.catalog.additional': [sample.catalogUrl], 'asr.hub.endpoint': sample.url },
    });
    page = workbench.page;
    await openViewContainer(page, 'ASR Models');
  });
  afterEach(async function () {
    await reportFailure(this, workbench);
  });
  after(async () => {
    await workbench.dispose();
    await sample.close();
    await untilNoProcess(workbench);
  });

  it('is small, and so is this platform’s', async () => {
    for (const file of [vsixPath, process.env['ASR_TEST_VSIX'] ?? '']) {
      const { size } = await stat(file);
      console.log(`      ${(size / 1e6).toFixed(1)} MB`);
      assert.ok(size < largestPackageBytes, `${file}: ${String(size)}`);
    }
  });

  it('loads a sherpa-onnx model as WebAssembly, transcribes a WAV and frees it', async () => {
    for (const [name, words] of [
      ['Sample NeMo CTC', /^hello.tiny.model$/],
      ['Sample SenseVoice', /^hello.tiny.model$/],
    ] as const) {
      await download(page, name);
      await load(page, name);
      const item = loadedItem(page, name);
      await item.waitFor();
      await onlyProcess(workbench);
      await transcribe(page, clip, 'Text');
      await editorText(page, words).waitFor();
      await closeEditor(page);
    }
    await loadedItem(page, 'Sample SenseVoice').hover();
    const hover = page.locator('.monaco-hover:visible').filter({ hasText: 'WebAssembly' });
    await hover.first().waitFor();
    await screenshot(page, 'speech webassembly');
    await runCommand(page, 'ASR: Unload Model');
    await untilNoProcess(workbench);
  });

  it('says that whisper.cpp needs the package for the platform', async () => {
    await download(page, 'Sample Whisper hello');
    await load(page, 'Sample Whisper hello');
    await notice(
      page,
      /can’t be loaded on .* by this package of the extension.*Install the package/,
    );
  });
});
