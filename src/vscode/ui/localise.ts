import * as vscode from 'vscode';
import { byteText } from '../../common/byteText';
import type { LocalizedMessage } from '../../common/localizedMessage';
import { type LanguageName, languageNames, languageStrings } from '../../protocol/languageNames';
import type { Translate } from '../../protocol/progressText';
import { localArg } from './localArgs';

/** Writes a message of the core in the person's language: its template is the key in the `l10n` bundles. */
export function localise({ template, args }: LocalizedMessage): string {
  const { language } = vscode.env;
  const parts = args.map((arg) => localArg(arg, language, (text) => vscode.l10n.t(text)));
  return vscode.l10n.t(template, ...parts);
}

/** Translates strings, and writes figures, in the person's language. */
export function translator(): Translate {
  return Object.assign(
    (template: string, ...args: (string | number)[]) => localise({ template, args }),
    { language: vscode.env.language },
  );
}

/** Names of languages in the person's language. */
export function languageNamer(): LanguageName {
  return languageNames(vscode.env.language, languageStrings(vscode.l10n));
}

/** A byte count as the person reads it: "1,6 GB" in German. */
export function localBytes(bytes: number): string {
  return byteText(bytes, vscode.env.language);
}
