import * as vscode from 'vscode';
import { acknowledged } from '../ui/acknowledge';
import type { CommandContext } from './commandContext';

/**
 * Asks for a token, lets the hub (an endpoint may be handed over) say whom it belongs to, and only then keeps it.
 * Resolves with whether one was kept; rejects with `auth` when the hub refuses it, and the one that was there stays.
 */
export async function setToken(
  { manager, tokens }: CommandContext,
  argument?: unknown,
): Promise<boolean> {
  const endpoint = typeof argument === 'string' && URL.canParse(argument) ? argument : undefined;
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t('Hugging Face Token'),
    prompt: vscode.l10n.t(
      'A token with read access. It is checked first, then kept in the editor’s secret storage.',
    ),
    placeHolder: 'hf_…',
    password: true,
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^\s*\S+\s*$/.test(value) ? undefined : vscode.l10n.t('A token is one word without spaces.'),
  });
  if (token === undefined) return false;
  // Not a notification: one that goes at once takes the answer's notification with it.
  const name = await acknowledged(vscode.l10n.t('Checking the token…'), async () =>
    (await manager.get()).whoAmI(token.trim(), endpoint),
  );
  await tokens.store(token.trim(), endpoint);
  void vscode.window.showInformationMessage(vscode.l10n.t('The token of {0} is kept.', name));
  return true;
}

/** Forgets the token of ours, and says when another one is still in use. */
export async function clearToken({ tokens }: CommandContext): Promise<void> {
  await tokens.clear();
  const left = await tokens.find();
  const text =
    left === undefined
      ? vscode.l10n.t('No token is kept any more.')
      : left.origin === 'environment'
        ? vscode.l10n.t(
            'The kept token is gone. The one in the environment variable HF_TOKEN is still used.',
          )
        : vscode.l10n.t(
            'The kept token is gone. The one in the Hugging Face token file is still used.',
          );
  void vscode.window.showInformationMessage(text);
}
