import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import type { ModelManager, ModelRecord } from '../manager';
import type { LazyManager } from './lazyManager';
import { localise, translator } from './localise';
import { modelRow, pickerRows, type PickerFacts, type PickerRow } from './pickerItems';
import { pickFromRepository } from './repositoryPicker';
import { whereText } from './whereText';

interface ModelItem extends vscode.QuickPickItem {
  readonly modelId?: string;
  /** What was typed, when it is to be looked up at the hub. */
  readonly address?: string;
}

/**
 * Lets a person choose a model: from the catalogs, or from any repository that they name. Opens at once and busy, since
 * reading the catalogs may take a moment. Resolves with the model's id, undefined when they closed it; rejects when
 * the catalog can't be read.
 */
export async function pickModel(manager: LazyManager): Promise<string | undefined> {
  const picker = new ModelPicker();
  try {
    const loaded = await manager.get();
    const chosen = await picker.choose(loaded);
    if (chosen?.address === undefined) return chosen?.modelId;
    return await pickFromRepository(loaded, chosen.address);
  } finally {
    picker.dispose();
  }
}

class ModelPicker implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #picker = this.#disposables.add(vscode.window.createQuickPick<ModelItem>());
  readonly #answer: Promise<ModelItem | undefined>;

  constructor() {
    this.#picker.title = vscode.l10n.t('Download Model');
    this.#picker.placeholder = vscode.l10n.t(
      'Search by name, family, language or format, or paste a Hugging Face address',
    );
    // The list is filtered here, by a search that knows languages and families; the editor is kept from filtering it again.
    this.#picker.matchOnDescription = true;
    this.#picker.matchOnDetail = true;
    this.#picker.busy = true;
    this.#answer = new Promise((resolve) => {
      this.#disposables.add(
        this.#picker.onDidAccept(() => {
          const [item] = this.#picker.selectedItems;
          if (item?.modelId === undefined && item?.address === undefined) return;
          resolve(item);
          this.#picker.hide();
        }),
      );
      this.#disposables.add(
        this.#picker.onDidHide(() => {
          resolve(undefined);
        }),
      );
    });
    this.#picker.show();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async choose(manager: ModelManager): Promise<ModelItem | undefined> {
    const [records, freeBytes, first] = await Promise.all([
      manager.models(),
      manager.freeBytes(),
      manager.advice.firstChoice(vscode.env.language).catch(() => undefined),
    ]);
    const byId = new Map(records.map((record) => [record.model.id, record]));
    const ordered = manager.advice
      .safeFirst(records.map(({ model }) => model))
      .flatMap((model) => byId.get(model.id) ?? []);
    const updates = new Set(manager.library.updates.map(({ modelId }) => modelId));
    const facts: PickerFacts = {
      fitOf: ({ model }) => manager.advice.fitOf(model),
      hasUpdate: ({ model }) => updates.has(model.id),
    };
    const best = first === undefined ? undefined : byId.get(first.model.id);
    const recommended: ModelItem[] =
      best === undefined || first === undefined
        ? []
        : [
            heading(vscode.l10n.t('Recommended for this machine')),
            { ...asItem(modelRow(best, facts, translator())), detail: localise(first.reason) },
          ];
    const all = [
      ...pickerRows(ordered, facts, translator()).map(asItem),
      heading(vscode.l10n.t('Elsewhere')),
      otherModelItem(''),
    ];
    this.#showWhere(manager, freeBytes);
    const show = (query: string): void => {
      this.#picker.items =
        query.trim() === ''
          ? [...recommended, ...all]
          : found(manager, ordered, facts, query.trim());
    };
    show(this.#picker.value);
    this.#disposables.add(this.#picker.onDidChangeValue(show));
    this.#picker.busy = false;
    return await this.#answer;
  }

  #showWhere(manager: ModelManager, freeBytes: number | undefined): void {
    const where = whereText(manager.cachePath, freeBytes);
    if (where !== undefined) this.#picker.title = vscode.l10n.t('Download Model · {0}', where);
  }
}

/** What a query finds, best first, and the way to what no catalog has. */
function found(
  manager: ModelManager,
  records: readonly ModelRecord[],
  facts: PickerFacts,
  query: string,
): ModelItem[] {
  const byId = new Map(records.map((record) => [record.model.id, record]));
  const models = manager.advice.search(
    records.map(({ model }) => model),
    query,
    vscode.env.language,
  );
  const rows = models
    .flatMap((model) => byId.get(model.id) ?? [])
    .map((record) => ({ ...asItem(modelRow(record, facts, translator())), alwaysShow: true }));
  const other = otherModelItem(query);
  return namesRepository(manager, query) ? [other, ...rows] : [...rows, other];
}

function namesRepository(manager: ModelManager, query: string): boolean {
  try {
    return manager.advice.address(query) !== undefined;
  } catch {
    return false;
  }
}

function otherModelItem(address: string): ModelItem {
  return {
    label: vscode.l10n.t('$(link-external) Other Hugging Face model…'),
    description: address,
    address,
    alwaysShow: true,
  };
}

function heading(label: string): ModelItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function asItem(row: PickerRow): ModelItem {
  if (row.kind === 'heading') return heading(row.label);
  const { label, description, detail, modelId } = row;
  return { label, description, detail, modelId };
}
