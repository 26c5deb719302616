import path from 'node:path';
import * as vscode from 'vscode';
import type { CatalogProblem } from '../../models';
import { locationText } from '../ui/catalogProblemText';
import { askStep } from './quickPickStep';

interface ProblemItem extends vscode.QuickPickItem {
  readonly problem: CatalogProblem;
}

/**
 * Shows what is wrong in the extra catalogs, and opens the file at the place when a person chooses one that lies on
 * this machine. Resolves with `back` when they want the models again.
 */
export async function showCatalogProblems(
  problems: readonly CatalogProblem[],
): Promise<'back' | undefined> {
  const chosen = await askStep<ProblemItem>({
    title: vscode.l10n.t('Problems in extra catalogs'),
    placeholder: vscode.l10n.t('Choose one to see the place in its file'),
    items: problems.map((problem) => ({
      label: `$(warning) ${problem.entry ?? path.basename(problem.location)}`,
      description: locationText(problem),
      detail: problem.message,
      problem,
    })),
  });
  if (chosen === undefined || chosen === 'back') return chosen;
  await openLocation(chosen.problem);
  return undefined;
}

async function openLocation({ location, line = 1, column = 1 }: CatalogProblem): Promise<void> {
  const uri = location.startsWith('file:')
    ? vscode.Uri.parse(location, true)
    : path.isAbsolute(location)
      ? vscode.Uri.file(location)
      : undefined;
  if (uri === undefined) {
    await vscode.commands.executeCommand(
      'workbench.action.openSettings',
      '@id:asr.catalog.additional',
    );
    return;
  }
  const position = new vscode.Position(line - 1, column - 1);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(position, position) });
}
