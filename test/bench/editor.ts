/**
 * The costs of the extension in the editor and how soon it answers: activation time, bundle sizes, each command's first
 * sign, in a real VS Code server with the packaged extension. Printed, not judged. Options: --windows N (activations,
 * default 7), --rounds N (of all commands, default 3). README.md says how to read it.
 */
import { readdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packageExtension } from '../../scripts/package/vsix';
import { extensionLogs } from '../../scripts/vscode/extensionLogs';
import { ensureChromium } from '../../scripts/vscode/chromium';
import { installServer } from '../../scripts/vscode/serverInstall';
import { currentServer } from '../../scripts/vscode/serverVersions';
import { measureSigns, prepareForSigns, signTable, type CommandSign } from '../e2e/commandSigns';
import { startEditorHub, type EditorHub } from '../e2e/editorHub';
import { firstSignOf } from '../e2e/harness/firstSign';
import { closeSharedBrowser } from '../e2e/harness/sharedBrowser';
import { openViewContainer } from '../e2e/harness/sidebar';
import { Workbench } from '../e2e/harness/workbench';

/** Commands that may be the first call of ours in a window; each gets a window of its own. */
const firstCommands = ['ASR: Download Model', 'ASR: Load Model', 'ASR: Verify Models'] as const;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** `activate()` by its own clock, in milliseconds, for each window so far. */
async function activationsMs(workbench: Workbench): Promise<number[]> {
  const text = await extensionLogs(workbench.logs);
  return [...text.matchAll(/is active after ([\d.]+) ms/g)].map(([, ms]) => Number(ms));
}

async function printSizes(): Promise<void> {
  print('\nBundles, as packaged\n\n| bundle | kB |\n| --- | --- |');
  for (const name of (await readdir('dist', { recursive: true })).sort()) {
    if (!/\.(js|css)$/.test(name)) continue;
    print(`| ${name} | ${((await stat(path.join('dist', name))).size / 1000).toFixed(1)} |`);
  }
}

/** Opens windows one after another; in each a command is the first call of ours. */
async function measureStarts(workbench: Workbench, windows: number): Promise<CommandSign[]> {
  const signs: CommandSign[] = [];
  for (let index = 0; index < windows; index++) {
    const before = (await activationsMs(workbench)).length;
    const page = await workbench.openWindow();
    while ((await activationsMs(workbench)).length === before) await page.waitForTimeout(100);
    await openViewContainer(page, 'Explorer');
    const command = firstCommands[index % firstCommands.length] ?? firstCommands[0];
    signs.push({ command, ...(await firstSignOf(page, command)) });
    await page.close();
  }
  return signs;
}

async function measure(workbench: Workbench, journey: EditorHub): Promise<void> {
  const { windows, rounds } = parseArgs({
    options: {
      windows: { type: 'string', default: '7' },
      rounds: { type: 'string', default: '3' },
    },
  }).values;
  await prepareForSigns(workbench.page);
  const first = await measureStarts(workbench, Number(windows));
  const activations = (await activationsMs(workbench)).sort((a, b) => a - b);
  const median = activations[Math.floor(activations.length / 2)] ?? 0;
  print(
    `\nActivation (\`activate()\` in the extension host, ${String(activations.length)} windows): ` +
      `median ${median.toFixed(1)} ms, max ${(activations.at(-1) ?? 0).toFixed(1)} ms`,
  );
  await printSizes();
  print(
    `\nFrom Enter to the first sign, the first command that a window hears\n\n${signTable(first)}`,
  );
  const signs: CommandSign[] = [];
  for (let round = 0; round < Number(rounds); round++)
    signs.push(...(await measureSigns(workbench.page, journey)));
  print(`\nFrom Enter to the first sign, ${rounds} rounds\n\n${signTable(signs)}`);
}

async function main(): Promise<void> {
  const quiet = (line: string): void => void process.stderr.write(`${line}\n`);
  await ensureChromium(quiet);
  await installServer(currentServer, '.vscode-test', quiet);
  const vsixPath = await packageExtension();
  print(
    `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${String(os.cpus().length)} cores, VS Code ${currentServer.vscode}, ` +
      `load before: ${(os.loadavg()[0] ?? 0).toFixed(1)}`,
  );
  const journey = await startEditorHub();
  const workbench = await Workbench.start({ settings: journey.settings, vsixPath });
  try {
    await measure(workbench, journey);
  } finally {
    await workbench.dispose();
    await closeSharedBrowser();
    await journey.hub.close();
  }
}

void main();
