import * as vscode from 'vscode';
import type { Sentence } from '../base/sentence';

/** Says a core's sentence in the person's language: its template is the key in the `l10n` bundles. */
export function localise({ template, args }: Sentence): string {
  return vscode.l10n.t(template, ...args);
}
