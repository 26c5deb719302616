import * as vscode from 'vscode';
import type { CatalogModel, ModelManager } from '../../models';
import { remoteHost } from '../host/remoteHost';
import { localBytes, translator } from '../ui/localise';
import { licenceText } from './pickerItems';
import { whereText } from './whereText';

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
  const abort = new AbortController();
  const { cachePath } = manager;
  const freeBytes = await manager.freeBytes();
  const where = whereText({ cachePath, freeBytes, host: remoteHost() }, translator());
  const title = vscode.l10n.t('Choose what to download from {0}', address);
  // A list that is still to come opens the picker at once, busy; closing it ends the question to the hub.
  const rows = manager.advice.repository(address, abort.signal).then((models) => models.map(asRow));
  const chosen = await vscode.window.showQuickPick(rows, {
    title: where === undefined ? title : `${title} · ${where}`,
    placeHolder: vscode.l10n.t('What to download'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  abort.abort();
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
  const { id, name, sizeBytes, format, files, runsCode, licence } = model;
  const facts = [
    ...(format === 'unknown' ? [] : [format]),
    files.length === 1 ? (files[0]?.path ?? '') : vscode.l10n.t('{0} files', files.length),
    licenceText(licence.id, translator()),
    ...(runsCode ? [vscode.l10n.t('$(warning) can run code when loaded')] : []),
  ];
  return {
    label: name,
    description: sizeBytes === undefined ? vscode.l10n.t('size unknown') : localBytes(sizeBytes),
    detail: facts.join(' · '),
    modelId: id,
  };
}
