import * as vscode from 'vscode';
import type { Disposable } from '../../common/disposable';
import type { ModelManager, ModelRecord } from '../../models';
import { localBytes } from '../ui/localise';
import type { LazyManager } from './lazyManager';
import type { UnfinishedDownloads } from './mementos';
import type { ResumeOnStartup } from './settings';

/**
 * After a restart: resumes unfinished downloads, or offers to, as the setting says. The memento is only a hint; what is
 * offered, and how much of it is here, is read from the disk.
 */
export async function offerResume(
  unfinished: UnfinishedDownloads,
  manager: LazyManager,
  choice: ResumeOnStartup,
): Promise<void> {
  const hinted = unfinished.list().map(({ modelId }) => modelId);
  if (hinted.length === 0 || choice === 'never') return;
  const loaded = await manager.get();
  const incomplete = await incompleteOf(loaded, hinted);
  const here = incomplete.map(({ model }) => model.id);
  await unfinished.forget(hinted.filter((modelId) => !here.includes(modelId)));
  await offer(loaded, incomplete, choice, unfinished);
}

/** Resumes a download whose window was closed or crashed, or offers to, as {@link offerResume} does. */
export async function offerAbandoned(
  modelId: string,
  unfinished: UnfinishedDownloads,
  manager: LazyManager,
  choice: ResumeOnStartup,
): Promise<void> {
  if (choice === 'never') return;
  const loaded = await manager.get();
  await offer(loaded, await incompleteOf(loaded, [modelId]), choice, unfinished);
}

async function incompleteOf(
  manager: ModelManager,
  modelIds: readonly string[],
): Promise<readonly ModelRecord[]> {
  const records = await manager.models();
  return records.filter(
    ({ model, state }) => modelIds.includes(model.id) && state === 'incomplete',
  );
}

/** Of all windows that could ask, one does. */
async function offer(
  manager: ModelManager,
  incomplete: readonly ModelRecord[],
  choice: ResumeOnStartup,
  unfinished: UnfinishedDownloads,
): Promise<void> {
  const idle = await idleOf(manager, incomplete);
  const claimed: { readonly record: ModelRecord; readonly claim: Disposable }[] = [];
  for (const record of idle) {
    const claim = await manager.claimOffer(record.model.id);
    if (claim !== undefined) claimed.push({ record, claim });
  }
  if (claimed.length === 0) return;
  const offered = claimed.map(({ record }) => record);
  try {
    if (choice === 'ask' && !(await ask(offered, unfinished))) return;
    for (const { model } of offered) await manager.download(model.id);
  } finally {
    for (const { claim } of claimed) claim.dispose();
  }
}

/** Those that no window is downloading: only their partial files are listed for cleaning up. */
async function idleOf(
  manager: ModelManager,
  incomplete: readonly ModelRecord[],
): Promise<readonly ModelRecord[]> {
  if (incomplete.length === 0) return [];
  const items = await manager.library.cleanUpItems();
  const repos = new Set(items.flatMap(({ kind, repo }) => (kind === 'partial' ? [repo] : [])));
  return incomplete.filter(
    ({ model }) => repos.has(model.source.repo) && manager.findDownload(model.id) === undefined,
  );
}

async function ask(
  incomplete: readonly ModelRecord[],
  unfinished: UnfinishedDownloads,
): Promise<boolean> {
  const resume = vscode.l10n.t('Resume');
  const forget = vscode.l10n.t('Not Now');
  const chosen = await vscode.window.showInformationMessage(offerText(incomplete), resume, forget);
  if (chosen === forget) await unfinished.forget(incomplete.map(({ model }) => model.id));
  return chosen === resume;
}

function offerText(incomplete: readonly ModelRecord[]): string {
  const [only] = incomplete;
  if (incomplete.length > 1 || only === undefined) {
    return vscode.l10n.t('{0} model downloads were not finished. Resume them?', incomplete.length);
  }
  const { model, presentBytes, totalBytes } = only;
  if (totalBytes === undefined) {
    return vscode.l10n.t(
      'The download of {0} was not finished: {1} are here. Resume it?',
      model.name,
      localBytes(presentBytes),
    );
  }
  return vscode.l10n.t(
    'The download of {0} was not finished: {1} of {2} are here. Resume it?',
    model.name,
    localBytes(presentBytes),
    localBytes(totalBytes),
  );
}
