import type { CatalogModel } from '../../../../src/catalog';

/** The hosts that models are downloaded from: their hubs, mirrors and addresses. */
export function modelSourceHosts(models: readonly CatalogModel[]): readonly string[] {
  const addresses = models.flatMap(({ source }) =>
    source.kind === 'hub'
      ? [source.endpoint ?? 'https://huggingface.co', ...(source.mirrors ?? [])]
      : source.kind === 'files'
        ? source.files.flatMap(({ urls }) => urls)
        : [],
  );
  return [...new Set(addresses.map((address) => new URL(address).host))].sort();
}
