/** A repository that a search of the hub found: its name, its file list, and the models that were recognised in it. */
interface Found {
  readonly repo: string;
  readonly paths: readonly string[];
  readonly models: readonly unknown[];
}

/**
 * The facts about a found repository for other programs: hundreds of file names and whole models would drown the rest.
 * `id` is the id to download it by.
 */
export function repositoryFacts<T extends Found>(
  found: T,
): Omit<T, 'paths' | 'models'> & { readonly id: string } {
  const { paths: _paths, models: _models, ...facts } = found;
  return { ...facts, id: `hf:${found.repo}` };
}
