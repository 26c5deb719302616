import type { TestRepo } from '../repository';
import type { SampleFamily, SampleVariant } from './sampleFamilies';

/** The heading of the sample models in the pickers. */
export const sampleCatalogName = 'Sample models (this machine)';

/** The sample models as a catalog document (src/catalog/data/catalog.schema.json), with every size and digest. */
export async function sampleCatalog(
  families: readonly SampleFamily[],
  endpoint: string,
  repo: (name: string) => TestRepo,
): Promise<unknown> {
  return {
    version: 1,
    name: sampleCatalogName,
    endpoint,
    families: await Promise.all(
      families.map(async ({ id, name, description, format, loaders, variants }) => ({
        id,
        name,
        description,
        format,
        licence: { id: 'MIT', url: 'https://opensource.org/license/mit' },
        languages: ['en'],
        tasks: ['transcribe'],
        loaders,
        variants: await Promise.all(
          variants.map((variant) => variantEntry(variant, repo(variant.repo))),
        ),
      })),
    ),
  };
}

async function variantEntry(variant: SampleVariant, repo: TestRepo): Promise<unknown> {
  const { files, ...facts } = variant;
  return {
    ...facts,
    files: await Promise.all(
      files.map(async ({ path, role }) => {
        const stored = repo.commit('main')?.files.get(path);
        if (stored === undefined) throw new Error(`${variant.repo} has no file ${path}`);
        const { content, lfs } = stored;
        const digest = lfs
          ? { sha256: await content.sha256() }
          : { gitSha1: await content.gitSha1() };
        return { path, role, sizeBytes: content.sizeBytes, ...digest };
      }),
    ),
  };
}
