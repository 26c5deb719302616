import * as vscode from 'vscode';
import type { ConfirmLowMemory } from '../../models';
import { localBytes } from './localise';

/** Asks a modal question; resolves with whether the person chose `yes`. */
export async function confirm(question: string, detail: string, yes: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}

/** Asks whether a model shall be loaded although the machine may begin to swap. */
export const confirmLowMemory: ConfirmLowMemory = (name, { neededBytes, availableBytes }) =>
  confirm(
    vscode.l10n.t('{0} may not fit into memory', name),
    vscode.l10n.t(
      'It needs about {0} and {1} are free now. The computer may become slow. Close other programs first, or choose a smaller model.',
      localBytes(neededBytes),
      localBytes(availableBytes),
    ),
    vscode.l10n.t('Load Anyway'),
  );
