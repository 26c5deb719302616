import { generatedContent, type HubContent } from '../content';

export const sampleLargeBytes = 2_000_000_000;

/** The sha256 of {@link sampleLargeContent} at its full size: hashing it takes seconds, so it is written down. */
export const sampleLargeSha256 = '1f0441dfdc1a0d7d0044bb3f7d5ac25db2da4befaa152847b4a5f011b48c53d9';

/** The large model: bytes made up as they are sent. Another size is hashed at the first question. */
export function sampleLargeContent(sizeBytes: number): HubContent {
  const seed = 'sample-large';
  return sizeBytes === sampleLargeBytes
    ? generatedContent({ sizeBytes, seed, knownSha256: sampleLargeSha256 })
    : generatedContent({ sizeBytes, seed });
}
