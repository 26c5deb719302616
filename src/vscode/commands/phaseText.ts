import * as vscode from 'vscode';
import type { SpeechPhase } from '../../models';

/** What a load is doing, for a person. */
export function phaseText(phase: SpeechPhase): string {
  switch (phase) {
    case 'downloading':
      return vscode.l10n.t('downloading it first…');
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
