import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { ModelManager, ModelRecord } from '../../models';
import type { LanguageName } from '../../protocol/languageNames';
import { formatShortName } from '../../protocol/programs';
import type { LazyManager } from '../host/lazyManager';
import { whileLooking } from '../ui/acknowledge';
import type { ErrorMessages } from '../ui/errorMessages';
import { keepOrder } from '../ui/keepOrder';
import { languageNamer, localBytes, localise, translator } from '../ui/localise';
import { speedText } from '../ui/modelText';
import { foundRows, groupRows } from './groupRows';
import { pickFromHub } from './hubStep';
import { heading, pickerItem, type ModelItem } from './modelItem';
import { variantRow, type PickerRow } from './pickerItems';
import {
  chooseSafely,
  isRepository,
  pickByLanguage,
  pickFromRepository,
  showCatalogProblems,
  targetText,
} from './pickerSteps';
import { pickVariant, readChoices } from './variantStep';

/**
 * picker: choosing a model. `pickModel` chooses one to download, `chooseLoadable` one to load; both resolve with a
 * model's id, or with undefined when the person closed the list.
 *
 *   chooseLoadable: downloaded models --(download another one)--+
 *                                                               v
 *   pickModel:      all models (ModelPicker) -- a model -> pickVariant -> chooseSafely -> id
 *                        ^   |-- by language -- a model -> pickVariant -----^
 *                        |   |-- an address ---> pickFromRepository -----------> id
 *                        |   |-- the hub ------> pickFromHub -> pickFromRepository -> id
 *                      back  +-- problems of extra catalogs -> opens the file
 *
 * modelPicker.ts    the two lists
 * pickerSteps.ts    the steps that follow the list of all models; askStep.ts asks one question with a way back
 * variantStep.ts    the variants of a model; hubStep.ts: the search of the hub
 * pickerItems.ts    a variant's row, without the editor: label and facts
 * groupRows.ts      the lists of models and variants, without the editor: order and headings
 * languageRows.ts   lists of languages
 *
 * It asks the manager (catalog, advice, records) and starts nothing; the hub is asked only for a repository that was
 * typed, for a row whose button was pressed, and for sizes that are not known among the variants of a chosen model.
 */

interface Choice extends ModelItem {
  /** The typed text, when the hub is to be asked for it. */
  readonly address?: string;
  /** The typed text is to be searched at the hub. */
  readonly searchHub?: true;
  /** Begin with a language. */
  readonly byLanguage?: true;
  /** Show the problems of the extra catalogs. */
  readonly problems?: true;
}

/** The context of the pickers. */
interface PickerContext {
  readonly manager: LazyManager;
  readonly errors: ErrorMessages;
}

/**
 * Lets a person choose a model: from the catalogs, by language, or from any repository. Opens at once and busy,
 * since reading the catalogs may take a moment. Rejects when the catalog can't be read.
 */
export async function pickModel(context: PickerContext): Promise<string | undefined> {
  const nameOf = languageNamer();
  for (;;) {
    const modelId = await pickOnce(context, nameOf);
    if (modelId !== 'back') return modelId;
  }
}

/**
 * Lets a person choose a model to load: the downloaded ones that can be loaded here first, with their speed, then those
 * for other programs, whose load fails with a message that offers their code; last, any other one, which is downloaded
 * first.
 */
export async function chooseLoadable(context: PickerContext): Promise<string | undefined> {
  const { here, elsewhere } = await whileLooking(() => downloadedRows(context.manager));
  const anotherOne: ModelItem = {
    label: vscode.l10n.t('$(cloud-download) Download a Model and Load It…'),
    alwaysShow: true,
  };
  const rows = [...here, ...elsewhere];
  const chosen = await vscode.window.showQuickPick(
    [
      ...here,
      ...(elsewhere.length === 0 ? [] : [heading(vscode.l10n.t('For other programs'))]),
      ...elsewhere,
      ...(rows.length === 0 ? [] : [heading('')]),
      anotherOne,
    ],
    { title: vscode.l10n.t('Load Model'), matchOnDescription: true },
  );
  return chosen === anotherOne ? await pickModel(context) : chosen?.modelId;
}

/** The downloaded models as rows: those that can be loaded here, and those for other programs. */
async function downloadedRows(
  manager: LazyManager,
): Promise<{ readonly here: readonly ModelItem[]; readonly elsewhere: readonly ModelItem[] }> {
  const loaded = await manager.get();
  const { speech } = loaded;
  const here: ModelItem[] = [];
  const elsewhere: ModelItem[] = [];
  for (const { model, downloaded, state } of await loaded.models()) {
    if (state !== 'downloaded' || downloaded === undefined) continue;
    const measured = speech.measurement(downloaded);
    const facts = [
      ...(speech.loaded?.modelId === model.id ? [vscode.l10n.t('loaded')] : []),
      localBytes(downloaded.sizeOnDisk),
      ...(model.format === 'unknown' ? [] : [formatShortName(model.format)]),
      ...(measured === undefined ? [] : [speedText(measured.realTimeFactor, translator())]),
    ];
    const row = { label: model.name, description: facts.join(' · '), modelId: model.id };
    (speech.refusal(model) === undefined ? here : elsewhere).push(row);
  }
  return { here, elsewhere };
}

async function pickOnce(context: PickerContext, nameOf: LanguageName): Promise<string | undefined> {
  const chosen = await inPicker(context, nameOf);
  if (chosen === undefined) return undefined;
  const manager = await context.manager.get();
  if (chosen.problems === true) return await showCatalogProblems(manager.catalogProblems());
  if (chosen.searchHub === true) return await pickFromHub(manager, chosen.address ?? '');
  if (chosen.address !== undefined) return await pickFromRepository(manager, chosen.address);
  const modelId =
    chosen.byLanguage === true
      ? await pickByLanguage(manager, nameOf)
      : chosen.group === undefined
        ? chosen.modelId
        : await pickVariant(manager, chosen.group, nameOf);
  if (modelId === undefined || modelId === 'back') return modelId;
  return await chooseSafely(manager, modelId, nameOf);
}

async function inPicker(context: PickerContext, nameOf: LanguageName): Promise<Choice | undefined> {
  const picker = new ModelPicker(nameOf, context);
  try {
    return await picker.choose(await context.manager.get());
  } finally {
    picker.dispose();
  }
}

class ModelPicker implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #picker = this.#disposables.add(vscode.window.createQuickPick<Choice>());
  readonly #nameOf: LanguageName;
  readonly #errors: ErrorMessages;
  readonly #closed = new AbortController();
  readonly #answer: Promise<Choice | undefined>;
  #show: (query: string) => void = () => undefined;
  /** How many models the rows are made of. */
  #modelCount = 0;
  /** Settles when the rows are those of the last change: they are made one time after the other. */
  #filled: Promise<void> = Promise.resolve();

  constructor(nameOf: LanguageName, context: PickerContext) {
    this.#nameOf = nameOf;
    this.#errors = context.errors;
    this.#picker.title = vscode.l10n.t('Download Model');
    this.#picker.placeholder = vscode.l10n.t(
      'Search by name, family, language or format, or paste a Hugging Face address',
    );
    // The list is filtered here, by a search that knows languages and families; the editor is kept from filtering it again.
    this.#picker.matchOnDescription = true;
    this.#picker.matchOnDetail = true;
    keepOrder(this.#picker);
    this.#picker.busy = true;
    this.#answer = new Promise((resolve) => {
      this.#disposables.add(
        this.#picker.onDidAccept(() => {
          // A row that was set a moment ago is active, but not yet selected.
          const item = this.#picker.selectedItems[0] ?? this.#picker.activeItems[0];
          if (item === undefined) return;
          // The text in the box counts: the row may be older than the last letters, or than a pasted address.
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
    const where = await targetText(manager);
    if (where !== undefined) this.#picker.title = vscode.l10n.t('Download Model · {0}', where);
    // Listens from the beginning: late facts may come while the first rows are still being made.
    this.#disposables.add(
      manager.onDidChangeModels(() => {
        this.#filled = this.#filled
          .then(() => this.#fillAgain(manager))
          .catch((error: unknown) => this.#errors.log(error));
      }),
    );
    const first = this.#fill(manager);
    this.#filled = first.catch(() => undefined);
    await first;
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
    const choices = await readChoices(manager, this.#nameOf);
    const { models, recordOf, facts } = choices;
    this.#modelCount = models.length;
    const byId = new Map(models.flatMap((model) => [[model.id, recordOf(model)]] as const));
    const t = translator();
    const toItem = (row: PickerRow): Choice => {
      const record = row.kind === 'variant' ? byId.get(row.modelId) : undefined;
      return record === undefined ? pickerItem(row) : withHubButton(pickerItem(row), record);
    };
    const search = manager.advice.search(models, vscode.env.language);
    const all = [
      ...(await recommended(manager, byId, (record) => toItem(variantRow(record, facts, t)))),
      heading(vscode.l10n.t('Language first')),
      languageItem(),
      ...groupRows(choices, facts, t).map(toItem),
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
      const found = foundRows(search(query), query, choices, facts, t).map((row): Choice => ({
        ...toItem(row),
        alwaysShow: true,
      }));
      const other = otherModelItem(query);
      this.#picker.items = isRepository(manager, query)
        ? [other, ...found, hubItem(query)]
        : [...found, other, hubItem(query)];
    };
    this.#show(this.#picker.value);
  }

  /** Shows the models of a catalog that its server has sent only now. What a download changes is seen elsewhere. */
  async #fillAgain(manager: ModelManager): Promise<void> {
    const { length } = await manager.models();
    if (this.#closed.signal.aborted || length === this.#modelCount) return;
    this.#picker.keepScrollPosition = true;
    await this.#fill(manager);
  }

  /** Only for the row whose button was pressed: opening the picker sends no request. */
  async #askHub(manager: ModelManager, modelId: string): Promise<void> {
    this.#picker.busy = true;
    try {
      await manager.advice.askHub(modelId, this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      this.#picker.keepScrollPosition = true;
      await this.#fill(manager);
      this.#picker.activeItems = this.#picker.items.filter((item) => item.modelId === modelId);
    } catch (error) {
      if (!this.#closed.signal.aborted) void this.#errors.show(error);
    }
    this.#picker.busy = false;
  }
}

async function recommended(
  manager: ModelManager,
  byId: ReadonlyMap<string, ModelRecord | undefined>,
  toItem: (record: ModelRecord) => Choice,
): Promise<readonly Choice[]> {
  const first = await manager.advice.firstChoice(vscode.env.language).catch(() => undefined);
  const best = first === undefined ? undefined : byId.get(first.model.id);
  if (best === undefined || first === undefined) return [];
  const other = (id: string | undefined, what: string): readonly Choice[] => {
    const record = id === undefined ? undefined : byId.get(id);
    if (record === undefined) return [];
    const item = toItem(record);
    return [{ ...item, description: [what, item.description].filter(Boolean).join(' · ') }];
  };
  return [
    heading(vscode.l10n.t('Recommended for this machine')),
    { ...toItem(best), detail: localise(first.reason) },
    ...other(first.smaller?.id, vscode.l10n.t('next smaller')),
    ...other(first.better?.id, vscode.l10n.t('next better')),
  ];
}

function withHubButton(item: Choice, { model }: ModelRecord): Choice {
  if (model.source.kind !== 'hub' || model.unavailable !== undefined) return item;
  const tooltip = vscode.l10n.t('Ask the hub for its size and files');
  return { ...item, buttons: [{ iconPath: new vscode.ThemeIcon('cloud'), tooltip }] };
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

function hubItem(text: string): Choice {
  return {
    label: vscode.l10n.t('$(search) Search the Hub for “{0}”…', text),
    description: vscode.l10n.t('speech models that no catalog lists'),
    address: text,
    searchHub: true,
    alwaysShow: true,
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
