import { defined } from '../protocol/defined';
import type { CatalogModel, DownloadedModel, ModelManager, ModelRecord } from '../models';
import type { LocalizedMessage } from '../common/localizedMessage';

/** A model on offer or on the disk, as other programs get it. What is not known is absent. */
interface ModelView {
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly publisher?: string;
  readonly format: string;
  readonly licence: string;
  readonly gated: boolean;
  readonly languages: readonly string[];
  readonly languageCount?: number;
  readonly translates: boolean;
  readonly streaming: boolean;
  readonly quantization?: string;
  readonly sizeBytes?: number;
  readonly memoryBytes?: number;
  /** `notDownloaded`, `incomplete`, `damaged` or `downloaded`. */
  readonly state: string;
  /** Whether it can be loaded here, as far as is known before its download. */
  readonly loadable: boolean;
  /** Why it can't be loaded or downloaded. */
  readonly reason?: string;
  /** The snapshot folder, or the file of a one-file model. */
  readonly path?: string;
}

/** The same with everything that is known of one model. */
export interface ModelDetails extends ModelView {
  readonly description?: string;
  readonly note?: string;
  readonly homepage?: string;
  readonly source: CatalogModel['source'];
  readonly files: CatalogModel['files'];
  readonly downloaded?: DownloadedModel;
}

/** Which models are listed. */
interface ModelFilter {
  /** Name, family, format or a language in words; best first. */
  readonly query?: string;
  readonly language?: string;
  readonly format?: string;
  readonly loadable?: boolean;
  readonly downloaded?: boolean;
}

/** A record for other programs. */
function modelView(
  { model, state, downloaded }: ModelRecord,
  manager: ModelManager,
  localise: (text: LocalizedMessage) => string,
): ModelView {
  const refused = manager.speech.refusal(model);
  const { familyName, licence, memoryBytes, unavailable } = model;
  return {
    id: model.id,
    name: model.name,
    family: familyName,
    format: model.format,
    licence: licence.id,
    gated: model.gated,
    languages: model.languages,
    translates: model.translates,
    streaming: model.streaming,
    state,
    loadable: refused === undefined && unavailable === undefined,
    ...defined({
      publisher: model.publisher,
      languageCount: model.languageCount,
      quantization: model.quantization,
      sizeBytes: downloaded?.sizeOnDisk ?? model.sizeBytes,
      memoryBytes: memoryBytes?.bytes,
      reason: unavailable ?? (refused && localise(refused.localizedMessage)),
      path: state === 'downloaded' ? downloaded?.path : undefined,
    }),
  };
}

/** Everything about one model. */
export function modelDetails(
  record: ModelRecord,
  manager: ModelManager,
  localise: (text: LocalizedMessage) => string,
): ModelDetails {
  const { model, downloaded, state } = record;
  return {
    ...modelView(record, manager, localise),
    source: model.source,
    files: model.files,
    ...defined({
      description: model.description,
      note: model.note,
      homepage: model.homepage,
      downloaded: state === 'downloaded' ? downloaded : undefined,
    }),
  };
}

/** The models that a filter keeps: with a query or a language the best first, else in the catalog's order. */
export async function filteredModels(
  manager: ModelManager,
  filter: ModelFilter,
  localise: (text: LocalizedMessage) => string,
): Promise<readonly ModelView[]> {
  const records = await manager.models();
  const byId = new Map(records.map((record) => [record.model.id, record]));
  const { query = '', language = '', format, loadable, downloaded } = filter;
  let models: readonly CatalogModel[] = records.map(({ model }) => model);
  if (language !== '') models = manager.advice.forLanguage(models, language);
  if (query !== '') models = manager.advice.search(models, 'en')(query);
  const views = models.flatMap((model) => {
    const record = byId.get(model.id);
    return record === undefined ? [] : [modelView(record, manager, localise)];
  });
  return views.filter(
    (view) =>
      (format === undefined || view.format === format) &&
      (loadable === undefined || view.loadable === loadable) &&
      (downloaded === undefined || (view.state === 'downloaded') === downloaded),
  );
}
