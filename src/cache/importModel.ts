import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { defined } from '../protocol/defined';
import { digestHasher } from '../common/digest';
import { folded } from '../common/paths';
import {
  importedNamespace,
  isRepoId,
  type RepoFile,
  withoutWeightsExtension,
} from '../common/repository';
import type { CacheContext } from './cacheContext';
import { copyInto, type CopyOptions } from './copySparse';
import { changedWhileRead, importSources, noModel } from './importSources';
import { repoOfFolder, repoPathsAt } from './layout';
import { isModel } from './modelHeader';
import type {
  ImportCandidate,
  ImportedModel,
  ImportOptions,
  ImportSource,
  ImportTarget,
} from './modelStore';
import { prepareSnapshot } from './prepareSnapshot';
import type { PreparedSnapshot } from './preparedSnapshot';
import { pathProblem } from './safePath';
import { contentCommit } from './treeFile';

/** In characters: four bytes each at most, in a folder's name of 255 bytes. */
const longestName = 48;

interface Copied {
  readonly candidate: ImportCandidate;
  readonly file: string;
}

/**
 * See {@link StoreMaintenance.importModel}. Each file is copied into a staging folder while it is hashed (or
 * shares its blocks and is hashed), then the copies are published like a download. The origin is only read.
 */
export async function importModel(
  context: CacheContext,
  source: string,
  options: ImportOptions = {},
): Promise<readonly ImportedModel[]> {
  const found = await importSources(source);
  const usable = found.filter(({ header }) => header.kind !== 'notModel');
  const sources = (await options.choose?.(usable)) ?? usable;
  if (sources.length === 0) throw noModel(source, found);
  await context.makeRoot();
  return await context.withStaging(async (staging) => {
    await context.disk.makeFolder(staging);
    const copied = await copyAll(context, sources, staging, options);
    const candidates = copied.map((one) => one.candidate);
    const { known, own } = (await options.recognise?.(candidates)) ?? {
      known: [],
      own: candidates,
    };
    if (known.length === 0 && !own.some((one) => isModel(one.header))) throw noModel(source, found);
    const targets = own.length === 0 ? known : [...known, await ownTarget(context, source, own)];
    for (const target of targets) await publishAll(context, target, copied, options);
    return targets.map((target) => importedModel(target, known.includes(target)));
  });
}

function importedModel({ repo, commit, files }: ImportTarget, recognised: boolean): ImportedModel {
  const main = files.find(({ candidate }) => isModel(candidate.header)) ?? files[0];
  return {
    repo,
    commit,
    paths: files.map((file) => file.path),
    recognised,
    header: main?.candidate.header ?? { kind: 'unknown' },
  };
}

async function copyAll(
  context: CacheContext,
  sources: readonly ImportSource[],
  staging: string,
  { signal, onProgress }: ImportOptions,
): Promise<readonly Copied[]> {
  const totalBytes = sources.reduce((sum, source) => sum + source.sizeBytes, 0);
  let doneBytes = 0;
  const copied: Copied[] = [];
  for (const [index, source] of sources.entries()) {
    const file = path.join(staging, String(index));
    const sha256 = createHash('sha256');
    const gitSha1 = digestHasher('git-sha1', source.sizeBytes);
    let bytes = 0;
    const work: CopyOptions = {
      ...defined({ signal }),
      onChunk: (chunk) => {
        sha256.update(chunk);
        gitSha1.update(chunk);
        bytes += chunk.length;
      },
      onBytes: (added) => {
        doneBytes += added;
        onProgress?.({ step: 'copy', doneBytes, totalBytes, currentFile: source.path });
      },
    };
    await copyInto(context.disk, source.file, file, work);
    if (bytes !== source.sizeBytes) throw changedWhileRead(source.path);
    const { path: name, sizeBytes, header } = source;
    copied.push({
      file,
      candidate: {
        path: name,
        sizeBytes,
        header,
        sha256: sha256.digest('hex'),
        gitSha1: gitSha1.digest('hex'),
      },
    });
  }
  return copied;
}

/** A model that is not recognised is listed under its own name, at a commit made of its content. */
async function ownTarget(
  context: CacheContext,
  source: string,
  candidates: readonly ImportCandidate[],
): Promise<ImportTarget> {
  const tree = candidates.map(entryOf);
  const commit = contentCommit(tree);
  return {
    repo: await ownRepo(context.hubRoot, source, commit),
    commit,
    revision: 'main',
    tree,
    files: candidates.map((candidate) => ({ candidate, path: candidate.path })),
  };
}

/**
 * The repository of an imported model: where the same files are already, else one of its own. A name that another model
 * has, also one that differs in case only, gets that of the folder in front, or a piece of its content's digest at its
 * end: a model never takes the place of another.
 */
async function ownRepo(hubRoot: string, source: string, commit: string): Promise<string> {
  const folders = await fs.readdir(hubRoot).catch((): string[] => []);
  const isThere = new Map<string, boolean>();
  for (const folder of folders) {
    const repo = repoOfFolder(folder);
    if (repo?.startsWith(`${importedNamespace}/`) !== true) continue;
    const { snapshots } = repoPathsAt(path.join(hubRoot, folder));
    const commits = await fs.readdir(snapshots).catch((): string[] => []);
    if (commits.includes(commit)) return repo;
    isThere.set(folded(repo), commits.length > 0);
  }
  const name = localName(path.basename(source));
  const parent = path.basename(path.dirname(path.resolve(source)));
  const names = [name, ...(parent === '' ? [] : [localName(`${parent}-${name}`)])];
  const repos = names.map((one) => `${importedNamespace}/${one}`);
  return (
    repos.find((repo) => isThere.get(folded(repo)) !== true) ??
    `${importedNamespace}/${name}-${commit.slice(0, 8)}`
  );
}

/** A file's or folder's name as a repository's: letters and digits of any script. */
function localName(name: string): string {
  const plain = withoutWeightsExtension(name.normalize('NFC'))
    .replace(/[^\p{L}\p{M}\p{N}._]+/gu, '-')
    .replace(/-{2,}/g, '-')
    .replace(/\.{2,}/g, '.');
  const short = Array.from(plain)
    .slice(0, longestName)
    .join('')
    .replace(/^[-.\p{M}]+|[-.]+$|\.git$/gu, '');
  return isRepoId(`${importedNamespace}/${short}`) && pathProblem(short) === undefined
    ? short
    : `model-${short}`.replace(/[-.]+$/, '');
}

function entryOf(candidate: ImportCandidate): RepoFile {
  return {
    path: candidate.path,
    sizeBytes: candidate.sizeBytes,
    digest: { algorithm: 'sha256', hex: candidate.sha256 },
    gitOid: candidate.gitSha1,
  };
}

async function publishAll(
  context: CacheContext,
  target: ImportTarget,
  copied: readonly Copied[],
  options: ImportOptions,
): Promise<void> {
  const listed = new Map(target.tree?.map((entry) => [entry.path, entry]));
  const entries = target.files.map(({ candidate, path: entryPath }) => {
    const entry = listed.get(entryPath);
    const matches =
      entry === undefined ||
      entry.digest.hex === candidate.sha256 ||
      entry.digest.hex === candidate.gitSha1;
    if (!matches) throw changedWhileRead(candidate.path);
    return { candidate, entry: entry ?? { ...entryOf(candidate), path: entryPath } };
  });
  const prepared = await prepareSnapshot(
    context,
    {
      repo: target.repo,
      commit: target.commit,
      revision: target.revision,
      tree: target.tree ?? entries.map(({ entry }) => entry),
      paths: entries.map(({ entry }) => entry.path),
      ...(target.tree === undefined ? { treeIsIncomplete: true } : {}),
    },
    options,
  );
  try {
    for (const { candidate, entry } of entries) {
      const file = copied.find((one) => one.candidate === candidate)?.file;
      if (file !== undefined) await publishOne(context, prepared, entry.path, file);
    }
    await prepared.complete();
  } finally {
    await prepared.release();
  }
}

async function publishOne(
  context: CacheContext,
  prepared: PreparedSnapshot,
  entryPath: string,
  file: string,
): Promise<void> {
  const wanted = prepared.files.find((one) => one.entry.path === entryPath);
  if (wanted?.state !== 'missing') return;
  const isThere = await fs.lstat(file).catch(() => undefined);
  if (isThere !== undefined) await context.disk.rename(file, wanted.partialPath);
  await prepared.publish(entryPath);
}
