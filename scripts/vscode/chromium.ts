import { accessSync, constants } from 'node:fs';
import { runCommand } from '../process/runCommand';

const candidates = [
  // Without the windows that a browser has around its pages: a third less of the processor for the same page.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Arguments that keep Chromium from wanting anything but the page it was given; Playwright adds its own. */
export const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page of a test lives for seconds. Its 19 MB of scripts are not worth optimizing, and the position of each captured
  // error would be found by compiling the whole script again: a sixth of the processor for each window.
  '--js-flags=--no-opt --no-maglev --no-enable-lazy-source-positions --min-semi-space-size=16',
];

/**
 * Runs in a page before anything else does. The workbench turns wheels and moves bars also with reduced motion. Without a
 * graphics card every step is drawn by the processor, a tenth of all that a journey needs.
 */
export function stopAnimations(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, *::before, *::after { animation: none !important; }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/** Runs in a page that no test looks at, before anything else does: nothing is laid out or drawn. */
export function hidePage(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('html { display: none !important; }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/**
 * The path of a Chromium: `CHROME_PATH`, or where it usually lies, or Debian's package, which is installed when we
 * are root. Throws a sentence on how to get one.
 */
export async function ensureChromium(print: (line: string) => void): Promise<string> {
  const chosen = process.env['CHROME_PATH'];
  if (chosen !== undefined && chosen !== '') {
    if (isExecutable(chosen)) return chosen;
    throw new Error(`CHROME_PATH names ${chosen}, and no program is there.`);
  }
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;

  if (process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get')) {
    print("Installing Chromium from Debian's packages (only this once)");
    await runCommand('apt-get', ['update', '-q']);
    const install = ['install', '-y', '-q', '--no-install-recommends'];
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await runCommand('apt-get', [...install, 'chromium-headless-shell'], { env }).catch(() =>
      // An older release has only the whole browser.
      runCommand('apt-get', [...install, 'chromium'], { env }),
    );
    const installed = candidates.find(isExecutable);
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'The tests in a real workbench need Chromium or Chrome. Install it (Debian, Ubuntu: `sudo apt-get install chromium`), ' +
      'or set CHROME_PATH to the program.',
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
