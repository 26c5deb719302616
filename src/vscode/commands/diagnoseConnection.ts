import * as vscode from 'vscode';
import { redact } from '../../common/redact';
import type { CommandContext } from './commandContext';

/** Tries the connection step by step, with a notification that can be cancelled, and opens the report as a document. */
export async function diagnoseConnection({ manager }: CommandContext): Promise<void> {
  const { document: report } = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Trying the connection to the hub (up to half a minute)…'),
      cancellable: true,
    },
    async (_, cancellation) => {
      const abort = new AbortController();
      cancellation.onCancellationRequested(() => abort.abort());
      return (await manager.get()).diagnoseConnection(abort.signal);
    },
  );
  const document = await vscode.workspace.openTextDocument({
    language: 'markdown',
    content: redact(report),
  });
  await vscode.window.showTextDocument(document);
}
