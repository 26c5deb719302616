import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { ModelManager, ModelRecord } from '../../models';
import type { CommandContext } from '../commands/commandContext';
import { remoteHost } from '../host/remoteHost';
import { localise, translator } from '../ui/localise';
import { showCatalogProblems } from './catalogProblems';
import { languageNames, type LanguageName } from './languageNames';
import { pickByLanguage } from './languagePicker';
import { pickerFacts } from './pickerFacts';
import { heading, pickerItem, type ModelItem } from './pickerItem';
import { modelRow, pickerRows, type PickerFacts } from './pickerItems';
import { pickFromRepository } from './repositoryPicker';
import { chooseSafely } from './safeChoice';
import { whereText } from './whereText';

interface Choice extends ModelItem {
  /** What was typed, when it is to be looked up at the hub. */
  readonly address?: string;
  /** The person wants to begin with a language. */
  readonly byLanguage?: true;
  /** The person wants to see what is wrong in the extra catalogs. */
  readonly problems?: true;
}

type Ports = Pick<CommandContext, 'manager' | 'errors'>;

/**
 * Lets a person choose a model: from the catalogs, by language, or from any repository that they name. Opens at once
 * and busy, since reading the catalogs may take a moment. Resolves with the model's id, undefined when they went away;
 * rejects when the catalog can't be read.
 */
export async function pickModel(ports: Ports): Promise<string | undefined> {
  const nameOf = languageNames(vscode.env.language, translator());
  for (;;) {
    const modelId = await pickOnce(ports, nameOf);
    if (modelId !== 'back') return modelId;
  }
}

async function pickOnce(ports: Ports, nameOf: LanguageName): Promise<string | undefined> {
  const chosen = await inPicker(ports, nameOf);
  if (chosen === undefined) return undefined;
  const manager = await ports.manager.get();
  if (chosen.problems === true) return await showCatalogProblems(manager.catalogProblems());
  if (chosen.address !== undefined) return await pickFromRepository(manager, chosen.address);
  const modelId =
    chosen.byLanguage === true ? await pickByLanguage(manager, nameOf) : chosen.modelId;
  if (modelId === undefined || modelId === 'back') return modelId;
  return await chooseSafely(manager, modelId, nameOf);
}

async function inPicker(ports: Ports, nameOf: LanguageName): Promise<Choice | undefined> {
  const picker = new ModelPicker(nameOf, ports);
  try {
    return await picker.choose(await ports.manager.get());
  } finally {
    picker.dispose();
  }
}

class ModelPicker implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #picker = this.#disposables.add(vscode.window.createQuickPick<Choice>());
  readonly #nameOf: LanguageName;
  readonly #dependencies: Ports;
  readonly #closed = new AbortController();
  readonly #answer: Promise<Choice | undefined>;
  #show: (query: string) => void = () => undefined;

  constructor(nameOf: LanguageName, ports: Ports) {
    this.#nameOf = nameOf;
    this.#dependencies = ports;
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
          // Rows that were filled in anew at that moment are active, but not yet selected.
          const item = this.#picker.selectedItems[0] ?? this.#picker.activeItems[0];
          if (item === undefined) return;
          // What stands in the box counts: the row may be older than the last letters, or than a pasted address.
          const address = this.#picker.value.trim();
          resolve(item.address === undefined ? item : { ...item, address });
          this.#picker.hide();
        }),
      );
      this.#disposables.add(
        this.#picker.onDidHide(() => {
          this.#closed.abort();
          resolve(undefined);
        }),
      );
    });
    this.#picker.show();
  }

  dispose(): void {
    this.#closed.abort();
    this.#disposables.dispose();
  }

  async choose(manager: ModelManager): Promise<Choice | undefined> {
    const freeBytes = await manager.freeBytes();
    const where = whereText(
      { cachePath: manager.cachePath, freeBytes, host: remoteHost() },
      translator(),
    );
    if (where !== undefined) this.#picker.title = vscode.l10n.t('Download Model · {0}', where);
    await this.#fill(manager);
    this.#disposables.add(this.#picker.onDidChangeValue((query) => this.#show(query)));
    this.#disposables.add(
      this.#picker.onDidTriggerItemButton(({ item: { modelId } }) => {
        if (modelId !== undefined) void this.#askHub(manager, modelId);
      }),
    );
    this.#picker.busy = false;
    return await this.#answer;
  }

  async #fill(manager: ModelManager): Promise<void> {
    const records = await manager.models();
    const byId = new Map(records.map((record) => [record.model.id, record]));
    const models = manager.advice.safeFirst(records.map(({ model }) => model));
    const ordered = models.flatMap((model) => byId.get(model.id) ?? []);
    const facts = pickerFacts(manager, this.#nameOf);
    const toItem = (record: ModelRecord): Choice => modelItem(record, facts);
    const search = manager.advice.search(models, vscode.env.language);
    const rows = pickerRows(ordered, facts, translator()).map((row): Choice => {
      const record = row.kind === 'model' ? byId.get(row.modelId) : undefined;
      return record === undefined ? pickerItem(row) : withHubButton(pickerItem(row), record);
    });
    const all = [
      ...(await recommended(manager, byId, toItem)),
      heading(vscode.l10n.t('Language first')),
      languageItem(),
      ...rows,
      heading(vscode.l10n.t('Elsewhere')),
      otherModelItem(''),
      ...problemItems(manager.catalogProblems().length),
    ];
    this.#show = (typed) => {
      const query = typed.trim();
      if (query === '') {
        this.#picker.items = all;
        return;
      }
      const found = search(query)
        .flatMap((model) => byId.get(model.id) ?? [])
        .map((record): Choice => ({ ...toItem(record), alwaysShow: true }));
      const other = otherModelItem(query);
      this.#picker.items = namesRepository(manager, query) ? [other, ...found] : [...found, other];
    };
    this.#show(this.#picker.value);
  }

  /** Only for the row whose button was pressed: opening the picker asks nobody. */
  async #askHub(manager: ModelManager, modelId: string): Promise<void> {
    this.#picker.busy = true;
    try {
      await manager.advice.askHub(modelId, this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      this.#picker.keepScrollPosition = true;
      await this.#fill(manager);
      this.#picker.activeItems = this.#picker.items.filter((item) => item.modelId === modelId);
    } catch (error) {
      if (!this.#closed.signal.aborted) void this.#dependencies.errors.show(error);
    }
    this.#picker.busy = false;
  }
}

async function recommended(
  manager: ModelManager,
  byId: ReadonlyMap<string, ModelRecord>,
  toItem: (record: ModelRecord) => Choice,
): Promise<readonly Choice[]> {
  const first = await manager.advice.firstChoice(vscode.env.language).catch(() => undefined);
  const best = first === undefined ? undefined : byId.get(first.model.id);
  if (best === undefined || first === undefined) return [];
  return [
    heading(vscode.l10n.t('Recommended for this machine')),
    { ...toItem(best), detail: localise(first.reason) },
  ];
}

function modelItem(record: ModelRecord, facts: PickerFacts): Choice {
  return withHubButton(pickerItem(modelRow(record, facts, translator())), record);
}

function withHubButton(item: Choice, { model }: ModelRecord): Choice {
  if (model.source.kind !== 'hub' || model.unavailable !== undefined) return item;
  const tooltip = vscode.l10n.t('Ask the hub for its size and files');
  return { ...item, buttons: [{ iconPath: new vscode.ThemeIcon('cloud'), tooltip }] };
}

function namesRepository(manager: ModelManager, query: string): boolean {
  try {
    return manager.advice.address(query) !== undefined;
  } catch {
    return false;
  }
}

function problemItems(count: number): readonly Choice[] {
  if (count === 0) return [];
  const label = vscode.l10n.t('$(warning) Problems in extra catalogs: {0}', count);
  return [{ label, description: vscode.l10n.t('the rest of them is used'), problems: true }];
}

function languageItem(): Choice {
  return {
    label: vscode.l10n.t('$(globe) Choose by language…'),
    description: vscode.l10n.t('what speaks it, best first'),
    byLanguage: true,
  };
}

function otherModelItem(address: string): Choice {
  return {
    label: vscode.l10n.t('$(link-external) Other Hugging Face model…'),
    description: address,
    address,
    alwaysShow: true,
  };
}
