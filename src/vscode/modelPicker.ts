import * as vscode from 'vscode';
import { byteText } from '../base/byteText';
import type { LazyManager } from './lazyManager';
import { pickerRows } from './pickerItems';

interface ModelItem extends vscode.QuickPickItem {
  readonly modelId?: string;
}

/**
 * Lets a person choose a model. Opens at once and busy, since reading the catalogs may take a moment. Resolves with
 * the chosen model's id, undefined when they closed it; rejects when the catalog can't be read.
 */
export async function pickModel(manager: LazyManager): Promise<string | undefined> {
  const picker = vscode.window.createQuickPick<ModelItem>();
  picker.title = vscode.l10n.t('Download Model');
  picker.placeholder = vscode.l10n.t('Search by name, family, language or format');
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.busy = true;
  picker.show();
  const chosen = new Promise<string | undefined>((resolve) => {
    picker.onDidAccept(() => {
      const [item] = picker.selectedItems;
      if (item?.modelId === undefined) return;
      resolve(item.modelId);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
  });
  try {
    const loaded = await manager.get();
    const [records, freeBytes] = await Promise.all([loaded.models(), loaded.freeBytes()]);
    picker.items = pickerRows(records, vscode.l10n.t).map((row) =>
      row.kind === 'heading'
        ? { label: row.label, kind: vscode.QuickPickItemKind.Separator }
        : {
            label: row.label,
            description: row.description,
            detail: row.detail,
            modelId: row.modelId,
          },
    );
    if (freeBytes !== undefined) {
      picker.title = vscode.l10n.t(
        'Download Model · {0} free in {1}',
        byteText(freeBytes),
        shortPath(loaded.cachePath),
      );
    }
    picker.busy = false;
  } catch (error) {
    picker.hide();
    throw error;
  }
  return chosen;
}

/** The end of a path, where it differs from others, when the whole is too long for a title. */
function shortPath(path: string): string {
  const mostChars = 44;
  if (path.length <= mostChars) return path;
  const parts = path.split(/[\\/]/);
  let kept = parts.pop() ?? '';
  for (const part of parts.reverse()) {
    if (kept.length + part.length + 1 > mostChars) break;
    kept = `${part}/${kept}`;
  }
  return `…/${kept}`;
}
