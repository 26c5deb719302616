import * as vscode from 'vscode';
import { byteText } from '../base/byteText';
import type { CatalogModel, ModelManager } from '../manager';

/**
 * Takes a repository's id or a pasted address (asking for it when there is none yet), lists what its files are, and
 * lets the person choose. Resolves with an `hf:` id, undefined when they went away; rejects as the hub does.
 */
export async function pickFromRepository(
  manager: ModelManager,
  typed: string,
): Promise<string | undefined> {
  const address = isRepository(manager, typed) ? typed : await askForAddress(manager, typed);
  if (address === undefined) return undefined;
  const models = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Looking at {0}…', address),
      cancellable: true,
    },
    (_, cancellation) => {
      const abort = new AbortController();
      cancellation.onCancellationRequested(() => {
        abort.abort();
      });
      return manager.advice.repository(address, abort.signal);
    },
  );
  const [only] = models;
  const chosen = await vscode.window.showQuickPick(models.map(asRow), {
    title: vscode.l10n.t('Choose what to download from {0}', only?.source.repo ?? address),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.modelId;
}

function isRepository(manager: ModelManager, text: string): boolean {
  try {
    return text !== '' && manager.advice.address(text) !== undefined;
  } catch {
    return false;
  }
}

function askForAddress(manager: ModelManager, typed: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Other Hugging Face Model'),
    prompt: vscode.l10n.t(
      'A repository such as org/name, or the address of its page or of a file in it.',
    ),
    value: typed,
    ignoreFocusOut: true,
    validateInput: (value) =>
      isRepository(manager, value.trim()) ? undefined : vscode.l10n.t('This names no repository.'),
  });
}

interface VariantRow extends vscode.QuickPickItem {
  readonly modelId: string;
}

function asRow(model: CatalogModel): VariantRow {
  const { id, name, sizeBytes, format, files, runsCode } = model;
  const facts = [
    ...(format === 'unknown' ? [] : [format]),
    files.length === 1 ? (files[0]?.path ?? '') : vscode.l10n.t('{0} files', files.length),
    ...(runsCode ? [vscode.l10n.t('$(warning) can run code when loaded')] : []),
  ];
  return {
    label: name,
    description: sizeBytes === undefined ? vscode.l10n.t('size unknown') : byteText(sizeBytes),
    detail: facts.join(' · '),
    modelId: id,
  };
}
