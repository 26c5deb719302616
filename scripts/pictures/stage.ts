import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { closeSharedBrowser } from '../../test/e2e/harness/sharedBrowser';
import { openViewContainer } from '../../test/e2e/harness/sidebar';
import { Workbench } from '../../test/e2e/harness/workbench';
import { startTestHub, type TestHub } from '../../test/hub';
import { jfkPath, moonshineFiles } from '../../test/models/realModels';
import { packageExtension } from '../package/vsix';
import { haveRealModels } from '../test/realModels';
import { ensureChromium } from '../vscode/chromium';
import { installServer } from '../vscode/serverInstall';
import { currentServer } from '../vscode/serverVersions';
import { Camera } from './camera';
import { haveFonts } from './fonts';
import { requireFfmpeg } from './images';
import { servedCatalog } from './servedCatalog';

/** The built-in models that the pictures download. Their names are what a person reads. */
export const models = {
  recommended: { id: 'sherpa-parakeet-tdt-0.6b-v2-int8', name: 'Parakeet TDT 0.6B v2 INT8' },
  large: { id: 'whisper-large-v3-turbo-q5_0', name: 'Whisper Large v3 Turbo Q5_0' },
  small: { id: 'whisper-small-q5_1', name: 'Whisper Small Q5_1' },
} as const;

/** A model that no catalog lists, with its real weights: it hears what {@link Stage.recording} says. */
export const realModel = { repo: 'onnx-community/moonshine-tiny-ONNX', name: 'moonshine-tiny' };

/** Where the pictures are taken: a real VS Code with the built-in catalog, and a hub that has some of its models. */
export interface Stage {
  readonly page: Page;
  readonly camera: Camera;
  readonly hub: TestHub;
  /** A recording of real speech. */
  readonly recording: string;
  readonly print: (line: string) => void;
}

export const windowSize = { width: 1280, height: 800 };

const settings = {
  'workbench.colorTheme': 'Dark Modern',
  // Parts of the window that are not the extension's take no place.
  'workbench.tips.enabled': false,
  'workbench.layoutControl.enabled': false,
  'window.commandCenter': false,
  'editor.minimap.enabled': false,
  // Else the tab of a transcript is named by its first line.
  'workbench.editor.untitled.labelFormat': 'name',
  // The cores of this computer, not those of the computer that is shown (computer.cjs).
  'asr.runtime.threads': Math.max(1, Math.floor(os.availableParallelism() / 2)),
};

/** Builds everything, takes pictures, and leaves nothing behind but these. */
export async function onStage(
  print: (line: string) => void,
  targetFolder: string,
  take: (stage: Stage) => Promise<void>,
): Promise<void> {
  const ffmpeg = await requireFfmpeg();
  await ensureChromium(print);
  process.env['FONTCONFIG_FILE'] = await haveFonts(print);
  await haveRealModels(print);
  await installServer(currentServer, '.vscode-test', print);
  print('Building the extension');
  const vsixPath = await packageExtension();
  const source = await readFile(path.join('src', 'catalog', 'data', 'catalog.json'), 'utf8');
  const { catalog, repos } = await servedCatalog(
    source,
    Object.values(models).map(({ id }) => id),
  );
  const real = { name: realModel.repo, files: await moonshineFiles('tiny'), licence: 'mit' };

  const hub = await startTestHub({ repos: [...repos, real] });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'asr-pictures-'));
  const workbench = await Workbench.start({
    vsixPath,
    settings: { ...settings, 'asr.hub.endpoint': hub.url },
    size: windowSize,
    deviceScaleFactor: 2,
    prepareExtensions: (extensions) => prepare(extensions, catalog),
  });
  try {
    const { page } = workbench;
    await openViewContainer(page, 'ASR Models');
    const camera = new Camera(page, ffmpeg, folder, targetFolder);
    await take({ page, camera, hub, recording: jfkPath, print });
  } finally {
    await workbench.dispose();
    await closeSharedBrowser();
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Gives the installed extension the catalog that the hub can serve, and the computer of the pictures. */
async function prepare(extensionsDir: string, catalog: string): Promise<void> {
  const name = (await readdir(extensionsDir)).find((entry) => entry.startsWith('asr-tools.'));
  if (name === undefined) throw new Error('The extension was not installed.');
  const dist = path.join(extensionsDir, name, 'dist');
  await writeFile(path.join(dist, 'catalog', 'catalog.json'), catalog);
  const main = path.join(dist, 'extension.js');
  const computer = await readFile(path.join('scripts', 'pictures', 'computer.cjs'), 'utf8');
  await writeFile(main, computer + (await readFile(main, 'utf8')));
}
