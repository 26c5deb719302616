import * as vscode from 'vscode';
import type { FoundModels } from '../../models';
import { translator } from './localise';
import { licenceText } from './modelText';

/**
 * The hub's facts about a repository that its search found: how often it is downloaded, its licence, whether it is
 * gated.
 */
export function foundFacts({ downloads, licence, gated }: FoundModels): readonly string[] {
  const { l10n, env } = vscode;
  return [
    ...(downloads === undefined
      ? []
      : [l10n.t('{0} downloads a month', downloads.toLocaleString(env.language))]),
    licenceText(licence ?? 'NOASSERTION', translator()),
    ...(gated ? [l10n.t('needs a token')] : []),
  ];
}
