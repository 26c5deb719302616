import * as vscode from 'vscode';
import type { ModelManager, VerifyRequest } from '../../models';
import { openManager, whileDeleting, whileLooking } from '../ui/acknowledge';
import { localBytes } from '../ui/localise';
import { withWork } from '../ui/work';
import { modelIdOf } from './commandArgument';
import type { CommandContext } from './commandContext';

/** Hashes a model's files (of all models without one), says what it found, and offers to mend what is wrong. */
export async function verifyModel({ manager }: CommandContext, argument: unknown): Promise<void> {
  const modelId = modelIdOf(argument);
  const which = modelId === undefined ? 'all' : [modelId];
  const verify = async (request: VerifyRequest): ReturnType<ModelManager['library']['verify']> =>
    (await manager.get()).library.verify(which, request);
  const report = await withWork(vscode.l10n.t('Verifying models'), verify);
  const wrong = report.damaged.length + report.missing.length;
  const checked = vscode.l10n.t(
    '{0} files checked, {1}.',
    report.checkedFiles,
    localBytes(report.checkedBytes),
  );
  if (wrong === 0) {
    void vscode.window.showInformationMessage(
      `${checked} ${vscode.l10n.t('Everything is as it should be.')}`,
    );
    return;
  }
  const repair = vscode.l10n.t('Repair');
  const found = vscode.l10n.t('{0} are damaged or missing.', wrong);
  if ((await vscode.window.showWarningMessage(`${checked} ${found}`, repair)) !== repair) return;
  const mended = await withWork(vscode.l10n.t('Repairing models'), (work) =>
    verify({ ...work, repair: true }),
  );
  void vscode.window.showInformationMessage(
    vscode.l10n.t('{0} of {1} files are right again.', mended.repaired.length, wrong),
  );
}

/** Removes every model after saying what that gives back. */
export async function clearCache({ manager }: CommandContext): Promise<void> {
  const loaded = await openManager(manager);
  const bytes = await whileLooking(() => loaded.library.clearBytes());
  const clear = vscode.l10n.t('Delete All Models');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete all downloaded models?'),
    {
      modal: true,
      detail: vscode.l10n.t(
        'This gives back {0} in {1}. Files that are not ours stay.',
        localBytes(bytes),
        loaded.cachePath,
      ),
    },
    clear,
  );
  if (chosen !== clear) return;
  const { reclaimedBytes } = await whileDeleting(() => loaded.clearCache());
  reportReclaimed(reclaimedBytes);
}

/**
 * Offers what can go without a loss: old revisions, unfinished downloads with their age, orphaned files. Resolves with
 * whether anything went.
 */
export async function freeUpSpace({ manager }: CommandContext): Promise<boolean> {
  const { library } = await openManager(manager);
  const items = await whileLooking(() => library.cleanUpItems());
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'There is nothing to clean up. Delete a model in the Models view to free space.',
      ),
    );
    await vscode.commands.executeCommand('asr.models.focus');
    return false;
  }
  const rows = items.map((item) => ({
    label: item.repo,
    description: localBytes(item.bytes),
    detail: `${kindText(item.kind)} · ${ageText(item.modifiedMs)}`,
    // A partial may be what is being waited for; an older revision and an orphan are missed by nobody.
    picked: item.kind !== 'partial',
    item,
  }));
  const chosen = await vscode.window.showQuickPick(rows, {
    canPickMany: true,
    title: vscode.l10n.t('Free Up Space'),
    placeHolder: vscode.l10n.t('What may go'),
  });
  if (chosen === undefined || chosen.length === 0) return false;
  const { reclaimedBytes } = await whileDeleting(() =>
    library.cleanUp(chosen.map(({ item }) => item)),
  );
  reportReclaimed(reclaimedBytes);
  return reclaimedBytes > 0;
}

/** Says how much came free, where a person sees it and need not answer. */
export function reportReclaimed(bytes: number): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t('{0} are free again.', localBytes(bytes)),
  );
}

function kindText(kind: 'oldRevision' | 'partial' | 'orphanBlob'): string {
  switch (kind) {
    case 'oldRevision':
      return vscode.l10n.t('an older revision');
    case 'partial':
      return vscode.l10n.t('an unfinished download');
    case 'orphanBlob':
      return vscode.l10n.t('a file that no model uses');
  }
}

function ageText(modifiedMs: number): string {
  const days = Math.floor((Date.now() - modifiedMs) / 86_400_000);
  return days < 1 ? vscode.l10n.t('today') : vscode.l10n.t('{0} days old', days);
}
