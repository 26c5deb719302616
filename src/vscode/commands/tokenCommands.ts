import * as vscode from 'vscode';
import { parseUrl } from '../../common/parseUrl';
import { cleanToken, isSendableToken } from '../../common/hubEnvironment';
import { acknowledged } from '../ui/acknowledge';
import type { CommandContext } from './commandContext';

/**
 * Asks for a token, asks the hub (of an endpoint, if one is given) for its owner, and only then stores it.
 * Resolves with whether one was stored; rejects with `auth` when the hub refuses it, and the earlier one stays.
 */
export async function setToken(
  { manager, tokens }: CommandContext,
  argument?: unknown,
): Promise<boolean> {
  const endpoint =
    typeof argument === 'string' && parseUrl(argument) !== undefined ? argument : undefined;
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Hugging Face Token'),
    prompt: vscode.l10n.t(
      'A token with read access. It is checked first, then kept in the editor’s secret storage.',
    ),
    placeHolder: 'hf_…',
    password: true,
    ignoreFocusOut: true,
    validateInput: (value) =>
      isSendableToken(cleanToken(value) ?? '')
        ? undefined
        : vscode.l10n.t('A token consists of letters, digits and “_”. Copy it again.'),
  });
  const token = cleanToken(typed);
  if (token === undefined) return false;
  // Not a notification: closing one at once would close the notification of the result with it.
  const name = await acknowledged(vscode.l10n.t('Checking the token…'), async () =>
    (await manager.get()).whoAmI(token, endpoint),
  );
  await tokens.store(token, endpoint);
  void vscode.window.showInformationMessage(vscode.l10n.t('The token of {0} is kept.', name));
  return true;
}

/** Deletes the stored token, and says when another one is still in use. */
export async function clearToken({ tokens }: CommandContext): Promise<void> {
  await tokens.clear();
  const left = await tokens.find();
  const text =
    left === undefined
      ? vscode.l10n.t('No token is kept any more.')
      : left.place.kind === 'environment'
        ? vscode.l10n.t(
            'The kept token is gone. The one in the environment variable {0} is still used.',
            left.place.variable,
          )
        : vscode.l10n.t(
            'The kept token is gone. The one in the Hugging Face token file is still used.',
          );
  void vscode.window.showInformationMessage(text);
}
