import type { Context } from 'mocha';
import { extensionLogs } from '../../../scripts/vscode/extensionLogs';
import { screenshot } from './screenshots';
import type { Page } from 'playwright-core';

/** For `afterEach`: when the test failed, keeps a screenshot and prints what the extension host logged. */
export async function reportFailure(
  context: Context,
  workbench: { readonly page: Page; readonly logs: string } | undefined,
): Promise<void> {
  const test = context.currentTest;
  if (test?.state !== 'failed' || workbench === undefined) return;
  await screenshot(workbench.page, `failed ${test.fullTitle()}`).catch(() => undefined);
  console.error(await extensionLogs(workbench.logs));
}
