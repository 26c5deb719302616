import * as vscode from 'vscode';

/** What a load is doing, for a person. */
export function phaseText(phase: 'checking' | 'starting' | 'loading' | 'ready'): string {
  switch (phase) {
    case 'checking':
      return vscode.l10n.t('checking its files…');
    case 'starting':
      return vscode.l10n.t('starting the runtime…');
    case 'loading':
      return vscode.l10n.t('reading it into memory…');
    case 'ready':
      return vscode.l10n.t('ready');
  }
}
