import path from 'node:path';
import * as vscode from 'vscode';
import type { CatalogModel, CatalogProblem, ModelManager } from '../../models';
import type { LanguageName } from '../../protocol/languageNames';
import { formatName } from '../../protocol/programs';
import { remoteHost } from '../host/remoteHost';
import { locationText } from '../ui/catalogProblemText';
import { localBytes, translator } from '../ui/localise';
import { languageRows } from './languageRows';
import { licenceText } from '../ui/modelText';
import { askStep } from './askStep';
import { spokenRows } from './groupRows';
import { heading, pickerItem, type ModelItem } from './modelItem';
import { variantRow, whereText } from './pickerItems';
import { pickVariant, readChoices } from './variantStep';

/**
 * The steps that may follow the list of models (modelPicker.ts): by language, from any repository, the safe copies of a
 * model that can run code, and the problems of extra catalogs. Each resolves with what was chosen, `back` to see the
 * list again, or undefined when the picker was closed.
 */

/** More copies than these do not help: the first ones load here or are small. */
const mostCopies = 6;

/**
 * Language first: the person picks a language, then a model among those that transcribe it, the best published
 * error rate first. Resolves with the model's id.
 */
export async function pickByLanguage(
  manager: ModelManager,
  nameOf: LanguageName,
): Promise<string | undefined> {
  const { l10n, env } = vscode;
  const choices = await readChoices(manager, nameOf);
  const { models } = choices;
  const spoken = manager.advice.languages(models);
  const own = manager.advice.languageKey(env.language);
  for (;;) {
    const chosen = await askStep({
      title: l10n.t('Choose by Language'),
      placeholder: l10n.t('The language that is spoken in your recordings'),
      items: languageRows(spoken, own, nameOf, translator()),
    });
    if (chosen === undefined || chosen === 'back') return chosen;
    const speaking = manager.advice.forLanguage(models, chosen.language);
    const isRatedIn = manager.advice.ratedIn(chosen.language);
    const { facts } = choices;
    const rows = spokenRows(speaking, isRatedIn, choices, facts, translator());
    for (;;) {
      const model = await askStep({
        title: l10n.t('Download Model · speaks {0}', chosen.label),
        placeholder: l10n.t('Search by name, family or format'),
        items: rows.map(pickerItem),
      });
      if (model === 'back') break;
      if (model?.group === undefined) return model?.modelId;
      const variant = await pickVariant(manager, model.group, nameOf);
      if (variant !== 'back') return variant;
    }
  }
}

/**
 * Takes a repository's id or a pasted address (asks for it when it is neither), lists the models in its files, and lets
 * the person choose. Resolves with an `hf:` id; rejects with the hub's error.
 */
export async function pickFromRepository(
  manager: ModelManager,
  typed: string,
): Promise<string | undefined> {
  const address = isRepository(manager, typed) ? typed : await askForAddress(manager, typed);
  if (address === undefined) return undefined;
  const abort = new AbortController();
  const where = await targetText(manager);
  const title = vscode.l10n.t('Choose what to download from {0}', address);
  // A promised list opens the picker at once, busy; closing it aborts the request to the hub.
  const rows = manager.advice.repository(address, abort.signal).then((models) => models.map(asRow));
  const chosen = await vscode.window.showQuickPick(rows, {
    title: where === undefined ? title : `${title} · ${where}`,
    placeHolder: vscode.l10n.t('What to download'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  abort.abort();
  return chosen?.modelId;
}

/** Whether a text is a repository's id or an address of the hub. */
export function isRepository(manager: ModelManager, text: string): boolean {
  try {
    return text !== '' && manager.advice.address(text) !== undefined;
  } catch {
    return false;
  }
}

/** Where a download would go and how much fits there, for a title. */
export async function targetText(manager: ModelManager): Promise<string | undefined> {
  const { cachePath } = manager;
  const freeBytes = await manager.freeBytes();
  return whereText({ cachePath, freeBytes, host: remoteHost() }, translator());
}

function askForAddress(manager: ModelManager, typed: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Other Hugging Face Model'),
    prompt: vscode.l10n.t(
      'A repository such as org/name, or the address of its page or of a file in it.',
    ),
    value: typed,
    ignoreFocusOut: true,
    validateInput: (value) =>
      isRepository(manager, value.trim()) ? undefined : vscode.l10n.t('This names no repository.'),
  });
}

function asRow(model: CatalogModel): ModelItem {
  const { id, name, sizeBytes, format, files, runsCode, licence } = model;
  const facts = [
    ...(format === 'unknown' ? [] : [formatName(format)]),
    files.length === 1 ? (files[0]?.path ?? '') : vscode.l10n.t('{0} files', files.length),
    licenceText(licence.id, translator()),
    ...(runsCode ? [vscode.l10n.t('$(warning) can run code when loaded')] : []),
  ];
  return {
    label: name,
    description: sizeBytes === undefined ? vscode.l10n.t('size unknown') : localBytes(sizeBytes),
    detail: facts.join(' · '),
    modelId: id,
  };
}

/**
 * Offers the safe copies of a model that can run code when it is loaded. Resolves with the id to download, at once when
 * there is nothing to offer.
 */
export async function chooseSafely(
  manager: ModelManager,
  modelId: string,
  nameOf: LanguageName,
): Promise<string | undefined> {
  const { l10n } = vscode;
  const { models, recordOf, facts } = await readChoices(manager, nameOf);
  const chosen = models.find(({ id }) => id === modelId);
  const own = chosen && recordOf(chosen);
  if (chosen?.runsCode !== true || own === undefined) return modelId;
  const copies = manager.advice.safeCopies(chosen, models).slice(0, mostCopies);
  if (copies.length === 0) return modelId;
  const rows = copies.flatMap((copy) => recordOf(copy) ?? []);
  const answer = await askStep({
    title: l10n.t('{0} can run code when it is loaded', chosen.name),
    placeholder: l10n.t('Take the same model in a format that can’t, or this one all the same'),
    items: [
      heading(l10n.t('The same model in a safe format')),
      ...rows.map((record) => pickerItem(variantRow(record, facts, translator()))),
      heading(l10n.t('As you chose')),
      pickerItem(variantRow(own, facts, translator())),
    ],
  });
  return answer === 'back' ? answer : answer?.modelId;
}

interface ProblemItem extends vscode.QuickPickItem {
  readonly problem: CatalogProblem;
}

/** Shows the problems of the extra catalogs; a chosen one is opened at its line when its file is on this machine. */
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
