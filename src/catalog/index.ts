/**
 * catalog: which models are on offer. The built-in catalog, extra catalogs that a person names, and any Hugging Face
 * repository by its `hf:` id; search, language filters and the recommendation are pure functions over them. It knows
 * nothing of what is downloaded, and asks the network only for an extra catalog that lies there.
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
export { createCatalog, type CatalogOptions } from './createCatalog';
export { checkAgainstHub, type ListedFile, withHubFacts } from './hubFacts';
export { languageKey, modelsForLanguage, speaks, spokenLanguages, transcribes } from './languages';
export { machineFit, memoryNeedBytes, type Machine, type MachineFit } from './machineFit';
export { notAnAddress, parseModelAddress } from './modelAddress';
export { modelSearch } from './modelSearch';
export { plainFilesCommit } from './plainFiles';
export {
  loadsWith,
  recommend,
  type Recommendation,
  type RecommendationQuery,
} from './recommendation';
export { recogniseVariants, type RecognisedVariant, type RepoFile } from './recognise';
export { repoModels } from './repoModels';
export { safeCopies, safeFirst } from './safeCopies';
export { formatHubModelId, parseHubModelId, type HubModelId } from './hubModelId';
export { exactPattern, matchesPatterns } from './filePatterns';
