/**
 * catalog: which models are on offer. The built-in catalog, extra catalogs that a person names, and any Hugging Face
 * repository by its `hf:` id. It knows nothing of what is downloaded.
 *
 *     data/catalog.json -> builtInCatalog.ts ------------.
 *     a path or an address -> extraCatalogs.ts             -> readDocument.ts -> CatalogModel[] -> createCatalog.ts
 *       -> readCatalogText.ts (schema, line and column) --'      catalogEntries, sharedFacts: what outer levels say
 *                                                                readVariant, modelSource: one entry -> one model
 *     hf:org/name -> hubModelId.ts -> repoModels.ts -> recognise/ (file names -> models, one for each variant)
 *
 * A bad entry becomes a problem with its line and costs no other entry. When a model is downloaded, hubFacts.ts compares
 * the catalog's sizes and digests with the hub's list.
 *
 * Everything that chooses among models is a pure function over them: search (modelSearch.ts), languages, the
 * recommendation and what fits this machine (recommendation.ts), the safe copy of a pickle (safeCopies.ts), the models with their variants (modelGroups.ts), shell
 * patterns of files (filePatterns.ts). A new file format to recognise is one more function in recognise/.
 *
 * It reads its own data, files that a person names and the copies of extra catalogs; it uses the network, through http/,
 * only to fetch an extra catalog.
 */
export type {
  Catalog,
  CatalogFile,
  CatalogModel,
  CatalogProblem,
  Licence,
  ModelFormat,
  ModelSource,
} from './catalogModel';
export { createCatalog } from './createCatalog';
export { checkAgainstHub, withHubFacts } from './hubFacts';
export {
  languageKey,
  modelsForLanguage,
  ratedIn,
  speaks,
  spokenLanguages,
  transcribes,
} from './languages';
export { notAnAddress, parseModelAddress } from './modelAddress';
export { modelGroups, type ModelGroup, type VariantFacts } from './modelGroups';
export { modelSearch } from './modelSearch';
export { plainFilesCommit } from './modelSource';
export {
  loadsWith,
  machineFit,
  memoryNeedBytes,
  recommend,
  type Machine,
  type Recommendation,
} from './recommendation';
export { contentNames, recogniseVariants, type NamedFile } from './recognise';
export { repoModels } from './repoModels';
export { safeCopies, safeFirst } from './safeCopies';
export { formatHubModelId, parseHubModelId, type HubModelId } from './hubModelId';
export { exactPattern, matchesPatterns } from './filePatterns';
