/**
 * Sample hub: the test hub with tiny models that are generated at the start, a large one that is generated while it is
 * sent, and a catalog of them, for `npm start` and for the end-to-end tests. Needs no network.
 */
export {
  sampleToken,
  sampleTokenWithoutAccess,
  startSampleHub,
  type SampleHub,
  type SampleHubOptions,
} from './sampleHub';
export { sampleCatalogName } from './sampleCatalog';
export { failingFamilies } from './failingFamilies';
export { sampleFamilies } from './sampleFamilies';
export { sampleLargeBytes, sampleLargeContent, sampleLargeSha256 } from './sampleRepos';
