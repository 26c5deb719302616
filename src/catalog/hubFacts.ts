import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { RepoFile } from '../common/repository';
import type { CatalogFile, CatalogModel } from './catalogModel';
import { runsCode } from './codeInFiles';
import { matchesPatterns } from './filePatterns';

function contradicts(known: CatalogFile, listed: RepoFile): boolean {
  if (known.sizeBytes !== undefined && known.sizeBytes !== listed.sizeBytes) return true;
  const { algorithm, hex } = listed.digest;
  const expected = algorithm === 'sha256' ? known.sha256 : known.gitSha1;
  return expected !== undefined && expected !== hex;
}

function mismatch(model: CatalogModel, path: string): AsrError {
  return new AsrError(
    'integrity',
    localized(
      '{0} of {1} is not the file that the catalog knows at this revision. It may have been tampered with, so it is not downloaded.',
      path,
      model.name,
    ),
  );
}

/**
 * Compares the catalog's facts with the hub's answer. They belong to the pinned revision only: a commit that the
 * source does not name may have any content. Throws `integrity` when a file at the pinned commit has another size or
 * digest than the catalog says, `notFound` when a required file is not there.
 */
export function checkAgainstHub(
  model: CatalogModel,
  commit: string,
  listed: readonly RepoFile[],
): void {
  const byPath = new Map(listed.map((file) => [file.path, file]));
  const isPinned = model.source.kind === 'hub' && model.source.revision === commit;
  for (const known of model.files) {
    const file = byPath.get(known.path);
    if (file === undefined) {
      if (!known.required) continue;
      throw new AsrError(
        'notFound',
        localized(
          '{0} needs the file {1}, which its repository does not have.',
          model.name,
          known.path,
        ),
      );
    }
    if (isPinned && contradicts(known, file)) throw mismatch(model, known.path);
  }
}

/**
 * The model with the hub's answer instead of the catalog's: the files that its patterns choose, their sizes and
 * digests. What the hub does not know (roles, which are needed) stays as the catalog says.
 */
export function withHubFacts(model: CatalogModel, listed: readonly RepoFile[]): CatalogModel {
  if (model.source.kind !== 'hub') return model;
  const { patterns } = model.source;
  const known = new Map(model.files.map((file) => [file.path, file]));
  const chosen = listed.filter((file) => matchesPatterns(file.path, patterns));
  const files = chosen.map(({ path, sizeBytes, digest }): CatalogFile => {
    const { role = 'file', required = true } = known.get(path) ?? {};
    const name = digest.algorithm === 'sha256' ? 'sha256' : 'gitSha1';
    return { path, role, required, sizeBytes, [name]: digest.hex };
  });
  return {
    ...model,
    files,
    sizeBytes: chosen.reduce((sum, file) => sum + file.sizeBytes, 0),
    runsCode: runsCode(
      model.format,
      files.map((file) => file.path),
    ),
  };
}
