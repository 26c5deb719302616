import * as vscode from 'vscode';
import { byteText } from '../../common/byteText';
import type { LocalizedMessage } from '../../common/localizedMessage';
import { type LanguageName, languageNames, languageStrings } from '../../protocol/languageNames';
import type { Translate } from '../../protocol/progressText';

/** Writes a message of the core in the person's language: its template is the key in the `l10n` bundles. */
export function localise({ template, args }: LocalizedMessage): string {
  return vscode.l10n.t(template, ...args.map(localFigure));
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

/** The core writes byte counts in English; each is an argument of its own. */
function localFigure<T>(arg: T): T | string {
  if (typeof arg !== 'string') return arg;
  const [, figure, unit] = /^(\d+\.\d) ([kMGTP]?B)$/.exec(arg) ?? [];
  if (figure === undefined || unit === undefined) return arg;
  return `${Number(figure).toLocaleString(vscode.env.language)} ${unit}`;
}
