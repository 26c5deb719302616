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

// A worker of mocha's is ended by mocha, and Playwright then ends the browser. A mocha without workers ends by itself, as
// soon as nothing is open.
if (process.env['MOCHA_WORKER_ID'] === undefined) {
  after('closes the browser', async () => {
    await (await shared)?.close();
  });
}
