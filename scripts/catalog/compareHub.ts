import type { RepoFile } from '../../src/common/repository';
import { type Fields, filesOf, variantEntries, type VariantEntry } from './entries';

/** The answer of a hub about a repository at the revision that the catalog names (`main` without one). */
export interface RepoAnswer {
  readonly commit: string;
  /** The commit of `main` now. */
  readonly newest: string;
  readonly files: readonly RepoFile[];
}

/** The findings, in sentences; the document has the facts that it lacked. */
interface Comparison {
  /** The hub has something else than the catalog at the pinned revision. */
  readonly contradictions: readonly string[];
  /** The facts that are new or were filled in. */
  readonly differences: readonly string[];
}

/** The key of an answer. */
export function answerKey({ repo, revision }: Pick<VariantEntry, 'repo' | 'revision'>): string {
  return `${repo ?? ''}@${revision ?? 'main'}`;
}

/**
 * Compares a catalog document with what the hub says, and fills in the revisions, sizes and digests that are missing.
 * Nothing that is stated is changed: where the hub says otherwise, that is a contradiction for a person to look at.
 */
export function compareWithHub(
  document: unknown,
  answers: ReadonlyMap<string, RepoAnswer | Error>,
): Comparison {
  const contradictions: string[] = [];
  const differences: string[] = [];
  const newer = new Set<string>();
  for (const entry of variantEntries(document)) {
    const { id, variant, repo, revision } = entry;
    if (repo === undefined) continue;
    const answer = answers.get(answerKey(entry));
    if (answer === undefined) continue;
    if (answer instanceof Error) {
      contradictions.push(`${id}: ${repo} can't be read: ${answer.message}`);
      continue;
    }
    if (revision === undefined) {
      variant['revision'] = answer.commit;
      differences.push(`${id}: pinned to ${answer.commit}`);
    } else if (answer.newest !== answer.commit && !newer.has(repo)) {
      newer.add(repo);
      differences.push(`${repo}: main is at ${answer.newest}, the catalog at ${revision}`);
    }
    const listed = new Map(answer.files.map((file) => [file.path, file]));
    for (const file of filesOf(variant)) {
      const path = String(file['path']);
      const there = listed.get(path);
      if (there === undefined) {
        if (file['required'] !== false) {
          contradictions.push(`${id}: ${path} is not in ${repo} at ${answer.commit}`);
        }
        continue;
      }
      for (const [name, value] of factsOf(there)) {
        const stated = file[name];
        if (stated === undefined) {
          file[name] = value;
          differences.push(`${id}: ${path}: ${name} is ${value}`);
        } else if (stated !== value) {
          contradictions.push(
            `${id}: ${path}: ${name} is ${value} at the hub, ${shown(stated)} in the catalog`,
          );
        }
      }
    }
  }
  return { contradictions, differences };
}

function shown(fact: unknown): string {
  return typeof fact === 'string' ? fact : JSON.stringify(fact);
}

function factsOf({ sizeBytes, digest }: RepoFile): readonly (readonly [string, string | number])[] {
  const name = digest.algorithm === 'sha256' ? 'sha256' : 'gitSha1';
  return [
    ['sizeBytes', sizeBytes],
    [name, digest.hex],
  ];
}

/**
 * Where a catalog document and a list of families of another shape (`variants[].files[]` with `size` and `sha256`,
 * `hf_repo`, `revision`), by the ids of their variants, say different things.
 */
export function contradictionsWithReference(document: unknown, reference: unknown): string[] {
  const known = new Map(variantEntries(document).map((entry) => [entry.id, entry]));
  return variantEntries({ families: reference }).flatMap(({ id, variant }) => {
    const entry = known.get(id);
    return entry === undefined ? [] : different(entry, variant);
  });
}

function different(entry: VariantEntry, reference: Fields): string[] {
  const { id, variant, repo, revision } = entry;
  const problems: string[] = [];
  const compare = (what: string, ours: unknown, theirs: unknown): void => {
    if (ours === undefined || theirs === undefined || theirs === null || ours === theirs) return;
    problems.push(`${id}: ${what} is ${shown(ours)}, in the reference ${shown(theirs)}`);
  };
  if (reference['hf_repo'] === repo) compare('the revision', revision, reference['revision']);
  const files = new Map(filesOf(reference).map((file) => [file['path'], file]));
  for (const file of filesOf(variant)) {
    const other = files.get(file['path']);
    if (other === undefined) continue;
    const path = String(file['path']);
    compare(`the size of ${path}`, file['sizeBytes'], other['size']);
    compare(`the sha256 of ${path}`, file['sha256'], other['sha256']);
  }
  return problems;
}
