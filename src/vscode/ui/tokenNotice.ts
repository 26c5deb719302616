import * as vscode from 'vscode';
import type { AsrError } from '../../common/asrError';
import { localise } from './localise';

/** Says that a hub refused a token and was asked without it: once in a session for each hub and token. */
export function tokenNotice(): (error: AsrError) => void {
  const said = new Set<string>();
  return (error) => {
    const problem = localise(error.localizedMessage);
    if (said.has(problem)) return;
    said.add(problem);
    const text = vscode.l10n.t('{0} What is public is downloaded without it.', problem);
    const setToken = vscode.l10n.t('Set Token…');
    void vscode.window.showWarningMessage(text, setToken).then((chosen) => {
      if (chosen !== setToken) return;
      return vscode.commands.executeCommand('asr.setToken', error.details.endpoint);
    });
  };
}
