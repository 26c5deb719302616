import * as vscode from 'vscode';

/**
 * Shows at once, on the status bar, that a command was heard while it looks things up on the disk before it can ask or
 * answer (a person waits 100 ms before they click again).
 */
export function whileLooking<T>(work: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Looking at the models…') },
    work,
  );
}
