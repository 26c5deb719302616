/**
 * sample hub: the test hub with models that are generated on the spot, one large one that is made up as it is sent,
 * and a catalog of them, for people (`npm start`) and for journeys in a real workbench. Needs no network.
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
export { sampleLargeBytes, sampleLargeContent, sampleLargeSha256 } from './sampleLarge';
