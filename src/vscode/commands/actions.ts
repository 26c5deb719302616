import * as vscode from 'vscode';
import { AsrError, toAsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import type { ModelDownload, ModelManager } from '../../models';
import type { PanelAction } from '../../protocol/panelMessages';
import { copyDetails, proxySettings } from '../ui/errorMessages';
import { localBytes } from '../ui/localise';
import type { Work } from '../ui/work';

/**
 * actions: everything that can be done with a model, a download or the cache, each once. The palette, the tree and the
 * error buttons reach an action through its command; the panel names it in a message. Both run the same function and
 * show the message that it resolves with.
 *
 *   palette, tree, error button -> commands.ts: chooses the model, asks before deleting --+
 *                                                                                         +-> action -> ModelManager
 *   panel: its page has chosen and asked already -> runAction ----------------------------+      |
 *                                                                                            message
 *
 * What differs between the two is how long work is shown: that is the `ActionSurface` (`Palette` in palette.ts,
 * `ManagerPanelHost` in the panel). An action that needs more than a model's or a download's id (a dialog, a list) is a
 * command, which the table names.
 */
export const actions = {
  /** Actions on one model. */
  model: {
    download: downloadIt,
    retry: downloadIt,
    update: downloadIt,
    resume: async (context) => {
      const unfinished = context.manager.findDownload(context.modelId);
      if (unfinished === undefined) await downloadIt(context);
      else unfinished.resume();
      return undefined;
    },
    delete: deleteModel,
    discardPartial: deleteModel,
    verify: async (context) => (await verifyFiles(context, [context.modelId])).message,
    repair: async (context) => (await repairFiles(context, [context.modelId])).message,
    load: async ({ manager, surface, modelId }) => {
      await surface.load(manager, modelId);
      return undefined;
    },
    reveal: async (context) => await reveal(await pathOf(context)),
    copyPath: async (context) => await copyPath(await pathOf(context)),
    openLicence: async ({ manager, modelId }) => {
      const { licence, homepage } = await manager.findAny(modelId);
      await openPage(licence.url ?? homepage);
      return undefined;
    },
    openModelPage: async ({ manager, modelId }) =>
      await openPage((await manager.findAny(modelId)).homepage ?? (await manager.pageOf(modelId))),
    askHub: async ({ manager, modelId }) => {
      await manager.advice.askHub(modelId, new AbortController().signal);
      const { sizeBytes, files } = await manager.findAny(modelId);
      return sizeBytes === undefined
        ? vscode.l10n.t('The hub does not know its size.')
        : vscode.l10n.t('The hub says: {0} in {1} files.', localBytes(sizeBytes), files.length);
    },
  },
  /** Actions on one download, which may have ended. */
  download: {
    cancel: ({ manager, surface, downloadId }) =>
      surface.busyWith([], 'cancelling', async () => {
        await manager.findDownload(downloadId)?.cancel();
        return undefined;
      }),
    pause: ({ manager, surface, downloadId }) =>
      surface.busyWith([], 'pausing', async () => {
        await manager.findDownload(downloadId)?.pause();
        return undefined;
      }),
    takeOver: async ({ manager, downloadId }) => {
      const silent = manager.findDownload(downloadId);
      if (silent !== undefined) await manager.takeOver(silent.modelId);
      return undefined;
    },
    copyDetails: async ({ manager, downloadId }) => {
      const failed = manager.downloads().find((each) => each.downloadId === downloadId);
      if (failed?.progress.status !== 'error') return undefined;
      const error: unknown = await failed.finished.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      await copyDetails(toAsrError(error));
      return vscode.l10n.t('Details copied');
    },
    dismiss: ({ manager, downloadId }) => {
      const ended = manager.downloads().find((each) => each.downloadId === downloadId);
      if (ended !== undefined) manager.dismiss(ended.modelId);
      return Promise.resolve(undefined);
    },
  },
  /** Actions that need no id. */
  none: {
    unload: async ({ manager, surface }) => {
      await surface.busyWith([], 'unloading', () => manager.speech.unload());
      return undefined;
    },
    checkDownloadedModels: ({ manager }) => {
      manager.refresh();
      return Promise.resolve(undefined);
    },
    clearCache: async ({ manager, surface }) => {
      const { reclaimedBytes } = await surface.busyWith([], 'deleting', () => manager.clearCache());
      return reclaimedText(reclaimedBytes);
    },
    checkForUpdates: async ({ manager, surface }) => {
      await surface.checkForUpdates(manager);
      return undefined;
    },
    updateAll: async ({ manager, surface }) => {
      const modelIds = manager.library.updates.map(({ modelId }) => modelId);
      await surface.busyWith(modelIds, 'preparing', async () => {
        for (const modelId of modelIds) await manager.download(modelId);
      });
      return undefined;
    },
    revealCache: ({ manager }) => reveal(manager.cachePath),
    copyCachePath: ({ manager }) => copyPath(manager.cachePath),
    changeCache: command('asr.moveCache'),
    importModel: command('asr.importModel'),
    setToken: command('asr.setToken'),
    diagnoseConnection: command('asr.diagnoseConnection'),
    showLog: command('asr.showLog'),
    openProxySettings: command(...proxySettings),
    openSettings: command('workbench.action.openSettings', '@ext:asr-tools.asr-model-manager'),
  },
} satisfies ActionTable;

/** Work that a surface shows. */
export type BusyKind =
  'preparing' | 'verifying' | 'repairing' | 'deleting' | 'cancelling' | 'pausing' | 'unloading';

/** Where an action was asked for: it shows long work in its own way. */
export interface ActionSurface {
  /** Loads a model with its phases shown, and reports a failure itself. */
  load(manager: ModelManager, modelId: string): Promise<unknown>;
  /** Checks all downloaded models for updates, and shows the result. */
  checkForUpdates(manager: ModelManager): Promise<void>;
  /** Shows that this is being done with these models (none: with the cache or a download) until the work ends. */
  busyWith<T>(
    modelIds: readonly string[],
    kind: BusyKind,
    work: (work?: Work) => Promise<T>,
  ): Promise<T>;
}

/** The context of every action. */
export interface ActionContext {
  readonly manager: ModelManager;
  readonly surface: ActionSurface;
}

/** Resolves with a message worth showing, where there is one. */
type Action<Needs = unknown> = (context: ActionContext & Needs) => Promise<string | undefined>;
type ModelKind = Extract<PanelAction, { modelId: string }>['kind'];
type DownloadKind = Extract<PanelAction, { downloadId: string }>['kind'];
type OtherKind = Exclude<PanelAction, { modelId: string } | { downloadId: string }>['kind'];

/** Complete by type: an action that the page may ask for does not compile without its function. */
interface ActionTable {
  readonly model: Readonly<Record<ModelKind, Action<{ readonly modelId: string }>>>;
  readonly download: Readonly<Record<DownloadKind, Action<{ readonly downloadId: string }>>>;
  readonly none: Readonly<Record<OtherKind, Action>>;
}

/** Runs the action of a message. Resolves with a message worth showing, where there is one. */
export function runAction(
  context: ActionContext,
  action: PanelAction,
): Promise<string | undefined> {
  const table: ActionTable = actions;
  if ('modelId' in action) {
    return table.model[action.kind]({ ...context, modelId: action.modelId });
  }
  if ('downloadId' in action) {
    return table.download[action.kind]({ ...context, downloadId: action.downloadId });
  }
  return table.none[action.kind](context);
}

/** The result of hashing. */
interface VerifyOutcome {
  readonly message: string;
  /** Files that are damaged or missing and were not repaired, and models without a list of their files. */
  readonly wrongFiles: number;
}

/** Hashes the files of these models, or of all. */
export async function verifyFiles(
  { manager, surface }: ActionContext,
  which: 'all' | readonly string[],
): Promise<VerifyOutcome> {
  const report = await surface.busyWith(which === 'all' ? [] : which, 'verifying', (work) =>
    manager.library.verify(which, { ...work }),
  );
  const wrongFiles = report.damaged.length + report.missing.length;
  const checked = vscode.l10n.t(
    '{0} files checked, {1}.',
    report.checkedFiles,
    localBytes(report.checkedBytes),
  );
  const result =
    wrongFiles === 0 ? stateText(report) : vscode.l10n.t('{0} are damaged or missing.', wrongFiles);
  return { message: `${checked} ${result}`, wrongFiles: wrongFiles + report.unlisted.length };
}

function stateText({ unlisted }: { readonly unlisted: readonly unknown[] }): string {
  return unlisted.length === 0
    ? vscode.l10n.t('Everything is as it should be.')
    : vscode.l10n.t(
        'The list of files is missing, so it is not known whether all are here. Repair asks for it.',
      );
}

/** Hashes the files of these models, or of all, and downloads again what is damaged or missing. */
export async function repairFiles(
  { manager, surface }: ActionContext,
  which: 'all' | readonly string[],
): Promise<VerifyOutcome> {
  const report = await surface.busyWith(which === 'all' ? [] : which, 'repairing', (work) =>
    manager.library.verify(which, { ...work, repair: true }),
  );
  const wrong = report.damaged.length + report.missing.length;
  const message =
    wrong === 0
      ? stateText(report)
      : vscode.l10n.t('{0} of {1} files are right again.', report.repaired.length, wrong);
  return { message, wrongFiles: wrong - report.repaired.length + report.unlisted.length };
}

/** Deletes these models. Resolves with the message about the bytes that this gave back. */
export async function deleteModels(
  { manager, surface }: ActionContext,
  modelIds: readonly string[],
): Promise<string> {
  const bytes = await surface.busyWith(modelIds, 'deleting', async () => {
    let sum = 0;
    for (const modelId of modelIds) sum += (await manager.deleteModel(modelId)).reclaimedBytes;
    return sum;
  });
  return reclaimedText(bytes);
}

/** How many bytes are free again. */
export function reclaimedText(bytes: number): string {
  return vscode.l10n.t('{0} are free again.', localBytes(bytes));
}

function deleteModel(context: ActionContext & { readonly modelId: string }): Promise<string> {
  return deleteModels(context, [context.modelId]);
}

/** Starts a model's download or joins the one that runs; continues one that was paused or failed. */
export function startDownload(
  { manager, surface }: ActionContext,
  modelId: string,
): Promise<ModelDownload> {
  return surface.busyWith([modelId], 'preparing', () => manager.download(modelId));
}

async function downloadIt(
  context: ActionContext & { readonly modelId: string },
): Promise<undefined> {
  await startDownload(context, context.modelId);
}

/** An action that is a command, because it asks the person something. */
function command(id: string, ...args: readonly string[]): Action {
  return async () => {
    await vscode.commands.executeCommand(id, ...args);
    return undefined;
  };
}

async function pathOf({
  manager,
  surface,
  modelId,
}: ActionContext & { readonly modelId: string }): Promise<string> {
  const models = await surface.busyWith([], 'preparing', () => manager.downloadedModels());
  const model = models.find((each) => each.modelId === modelId);
  if (model !== undefined) return model.path;
  throw new AsrError('notFound', localized('{0} is not downloaded.', modelId));
}

async function reveal(path: string): Promise<undefined> {
  await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(path));
}

async function copyPath(path: string): Promise<string> {
  await vscode.env.clipboard.writeText(path);
  return vscode.l10n.t('Path copied');
}

/** Pages come from catalogs, whose authors are not known: only web addresses are opened. */
async function openPage(address: string | undefined): Promise<undefined> {
  if (address === undefined || !/^https?:\/\//.test(address)) return;
  await vscode.env.openExternal(vscode.Uri.parse(address, true));
}
