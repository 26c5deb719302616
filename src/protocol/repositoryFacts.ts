/** A repository that a search of the hub found: its name, its file list, and the models that were recognised in it. */
interface Found {
  readonly repo: string;
  readonly paths: readonly string[];
  readonly models: readonly unknown[];
}

/**
 * What other programs are told of a found repository: hundreds of file names and whole models would drown the rest. `id`
 * is what it is downloaded by.
 */
export function repositoryFacts<T extends Found>(
  found: T,
): Omit<T, 'paths' | 'models'> & { readonly id: string } {
  const { paths: _paths, models: _models, ...facts } = found;
  return { ...facts, id: `hf:${found.repo}` };
}
