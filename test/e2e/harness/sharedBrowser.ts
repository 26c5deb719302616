import { type Browser, chromium } from 'playwright-core';
import { chromiumArguments, ensureChromium } from '../../../scripts/vscode/chromium';

let shared: Promise<Browser> | undefined;

/**
 * The one browser of this process. Every file of tests that the process runs opens contexts of its own in it: they
 * share no storage, and a browser takes longer to start than a context.
 */
export async function sharedBrowser(): Promise<Browser> {
  const running = await shared;
  if (running?.isConnected() === true) return running;
  shared = ensureChromium(() => undefined).then((executablePath) =>
    chromium.launch({ executablePath, args: chromiumArguments }),
  );
  return await shared;
}

/** Ends the browser, for programs that don't run in mocha. The next caller gets another one. */
export async function closeSharedBrowser(): Promise<void> {
  const running = await shared;
  shared = undefined;
  await running?.close();
}

// A worker of mocha's is ended by mocha, and Playwright then ends the browser. A mocha without workers ends as
// soon as nothing is open. The bench and the pictures run without mocha.
if ('after' in globalThis && process.env['MOCHA_WORKER_ID'] === undefined) {
  after('closes the browser', closeSharedBrowser);
}
