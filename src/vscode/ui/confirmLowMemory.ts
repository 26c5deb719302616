import * as vscode from 'vscode';
import type { ConfirmLowMemory } from '../../models';
import { localBytes } from './localise';

/** Asks whether a model shall be loaded although the machine may begin to swap. */
export const confirmLowMemory: ConfirmLowMemory = async (name, { neededBytes, availableBytes }) => {
  const loadAnyway = vscode.l10n.t('Load Anyway');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0} may not fit into memory', name),
    {
      modal: true,
      detail: vscode.l10n.t(
        'It needs about {0} and {1} are free now. The computer may become slow. Close other programs first, or choose a smaller model.',
        localBytes(neededBytes),
        localBytes(availableBytes),
      ),
    },
    loadAnyway,
  );
  return chosen === loadAnyway;
};
