import * as vscode from 'vscode';
import { whileLooking } from '../ui/acknowledge';
import { modelIdOf } from './commandArgument';
import type { CommandContext } from './commandContext';

/** Puts the code that loads a downloaded model elsewhere on the clipboard: the right one for its format. */
export async function copyCodeSnippet(
  { manager }: CommandContext,
  argument: unknown,
): Promise<void> {
  const modelId = modelIdOf(argument);
  if (modelId === undefined) return;
  const { text } = await whileLooking(async () => (await manager.get()).speech.snippet(modelId));
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Code copied'), 4000);
}
