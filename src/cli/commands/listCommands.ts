import { AsrError, causeText, isCancellation } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import type { CatalogModel, ModelManager, ModelRecord } from '../../models';
import { byteText } from '../../protocol/format';
import { repositoryFacts } from '../../protocol/repositoryFacts';
import type { CommandContext, ExitCode } from '../commandContext';

/** Languages that are named; of more the number is. */
const mostNamed = 4;
const shownRevision = 8;

/** The models on offer, as the catalogs have them. */
export async function list(context: CommandContext): Promise<ExitCode> {
  const { options } = context;
  const manager = await context.core();
  const models = await offered(context, manager);
  const language = options.text('language');
  const spoken = language === undefined ? models : manager.advice.forLanguage(models, language);
  await print(context, manager, spoken);
  return 0;
}

/**
 * The models that the catalog and the hub have for some words. A hub that can't be asked takes nothing from the
 * catalog's answer.
 */
export async function search(context: CommandContext): Promise<ExitCode> {
  const { args, options, output, signal } = context;
  const manager = await context.core();
  const text = args.join(' ');
  const all = await offered(context, manager);
  const language = options.text('language');
  const spoken = language === undefined ? all : manager.advice.forLanguage(all, language);
  const models = manager.advice.search(spoken, 'en')(text);
  await print(context, manager, models);
  const request = { text, ...(language === undefined ? {} : { language }) };
  const page = await manager.advice
    .searchHub(request, undefined, signal)
    .catch((error: unknown) => {
      if (isCancellation(error) || models.length === 0) throw error;
      output.note(`The hub could not be asked: ${causeText(error)}`);
      return undefined;
    });
  const beyond = page?.found ?? [];
  if (beyond.length > 0) output.note('At the hub:');
  output.table(
    beyond.map(({ repo, formats, downloads, licence, gated, runsHere }) => [
      `hf:${repo}`,
      formats.join(', '),
      runsHere ? 'loads here' : '',
      downloads === undefined ? '' : `${downloads} downloads`,
      [licence ?? '', gated ? 'gated' : ''].filter((part) => part !== '').join(', '),
    ]),
  );
  for (const found of beyond) output.data({ type: 'repository', ...repositoryFacts(found) });
  if (models.length + beyond.length > 0) return 0;
  output.note(`Nothing was found for “${text}”.`);
  return 1;
}

/** The models on the disk, whole or not. */
export async function ls(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const manager = await context.core();
  const records = (await manager.models()).filter(({ state }) => state !== 'notDownloaded');
  output.table(
    records.map(({ model, state, downloaded, presentBytes, totalBytes, commit = '' }) => [
      model.id,
      state === 'incomplete' && totalBytes !== undefined
        ? `${byteText(presentBytes)} of ${byteText(totalBytes)}`
        : byteText(downloaded?.sizeOnDisk ?? presentBytes),
      commit.slice(0, shownRevision),
      stateText(state, downloaded?.verified === true),
      downloaded?.path ?? '',
    ]),
  );
  for (const record of records) output.data(recordData(record));
  if (records.length === 0) output.note(`There are no models in ${manager.cachePath}.`);
  return 0;
}

/** Where a downloaded model lies. */
export async function modelPath({ args, output, core }: CommandContext): Promise<ExitCode> {
  const manager = await core();
  const [asked = ''] = args;
  const model = await manager.downloadedModel(asked);
  if (model === undefined) {
    // An id that nothing has is another mistake than a model that is not here.
    await manager.findAny(asked);
    throw new AsrError('notFound', localized('{0} is not downloaded.', asked));
  }
  output.result(model.path);
  output.data({ type: 'downloaded_model', ...model });
  return 0;
}

/** The models on offer; unreadable parts of extra catalogs are reported. */
async function offered(
  { options, output }: CommandContext,
  manager: ModelManager,
): Promise<readonly CatalogModel[]> {
  const models = (await manager.catalogModels()).filter((model) => model.unavailable === undefined);
  for (const { location, entry, message } of manager.catalogProblems()) {
    output.note(`${[location, entry].filter((part) => part !== undefined).join(': ')}: ${message}`);
  }
  if (!options.has('loadable')) return models;
  await manager.advice.ready();
  return models.filter((model) => manager.speech.refusal(model) === undefined);
}

async function print(
  { output }: CommandContext,
  manager: ModelManager,
  models: readonly CatalogModel[],
): Promise<void> {
  await manager.advice.ready();
  const states = new Map((await manager.models()).map(({ model, state }) => [model.id, state]));
  output.table(
    models.map((model) => [
      model.id,
      model.sizeBytes === undefined ? '' : byteText(model.sizeBytes),
      model.format,
      languagesText(model),
      manager.speech.refusal(model) === undefined ? 'loads here' : '',
      model.licence.id === 'NOASSERTION' ? '' : model.licence.id,
      states.get(model.id) === 'downloaded' ? 'downloaded' : '',
    ]),
  );
  for (const model of models) {
    const state = states.get(model.id) ?? 'notDownloaded';
    const loadable = manager.speech.refusal(model) === undefined;
    output.data({ type: 'model', ...model, state, loadable });
  }
}

function languagesText({ languages, languageCount }: CatalogModel): string {
  const count = Math.max(languages.length, languageCount ?? 0);
  if (count === 0) return '';
  return count > mostNamed ? `${count} languages` : languages.join(' ');
}

function stateText(state: ModelRecord['state'], isVerified: boolean): string {
  if (state !== 'downloaded') return state;
  return isVerified ? 'verified' : 'not verified';
}

function recordData(record: ModelRecord): object {
  const { model, state, downloaded, presentBytes, totalBytes, commit } = record;
  return {
    type: 'model_on_disk',
    modelId: model.id,
    name: model.name,
    state,
    presentBytes,
    ...(totalBytes === undefined ? {} : { totalBytes }),
    ...(commit === undefined ? {} : { revision: commit }),
    ...downloaded,
  };
}
