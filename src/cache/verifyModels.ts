import type { RepoFile } from '../common/repository';
import { defined } from '../protocol/defined';
import { AsrError, Cancelled } from '../common/asrError';
import { timedSteps } from '../common/clock';
import { type Digest, parseDigest } from '../common/digest';
import { localized } from '../common/localizedMessage';
import { below } from '../common/paths';
import type { CacheContext } from './cacheContext';
import { hashFile } from './hashFile';
import type {
  FileOfModel,
  ModelFiles,
  RepairPort,
  VerifyOptions,
  VerifyReport,
} from './modelStore';
import { recordSums } from './pieceSums';
import { prepareSnapshot } from './prepareSnapshot';
import { collectStaleStaging } from './removal';
import type { CachedSnapshot, StoredContent } from './repoReader';
import { contentCommit } from './treeFile';

interface Finding {
  readonly file: FileOfModel;
  readonly digest?: Digest;
  readonly content?: StoredContent;
  state: 'unread' | 'good' | 'damaged' | 'missing' | 'unknown';
}

/** See {@link StoreMaintenance.verify}: named steps in a row, each timed. */
export async function verifyModels(
  context: CacheContext,
  models: readonly ModelFiles[],
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  // Also where there is nothing to read, and so no read that would notice it.
  if (options.signal?.aborted === true) throw new Cancelled();
  let findings: Finding[] = [];
  let repaired: readonly FileOfModel[] = [];
  let unlisted: readonly ModelFiles[] = [];
  let reclaimedBytes = 0;
  const steps = await timedSteps(context.clock, [
    ['look', () => Promise.resolve((findings = inspectAll(context, models)))],
    ['hash', () => hashAll(context, findings, options)],
    [
      'repair',
      async () => {
        if (options.repair === undefined) return;
        repaired = await repairAll(context, models, findings, options.repair, options.signal);
      },
    ],
    [
      'tidy',
      async () => {
        unlisted = models.filter((model) => snapshotOf(context, model)?.tree === undefined);
        reclaimedBytes = await collectStaleStaging(context);
      },
    ],
  ]);
  const filesIn = (state: Finding['state']): readonly FileOfModel[] =>
    findings.filter((finding) => finding.state === state).map((finding) => finding.file);
  const read = findings.filter(
    (finding) => finding.state === 'good' || finding.state === 'damaged',
  );
  return {
    steps,
    checkedFiles: read.length,
    checkedBytes: read.reduce((sum, finding) => sum + (finding.content?.sizeBytes ?? 0), 0),
    good: filesIn('good'),
    damaged: filesIn('damaged'),
    missing: filesIn('missing'),
    unknown: filesIn('unknown'),
    unlisted,
    repaired,
    reclaimedBytes,
  };
}

/** Models of one repository share files: each file is checked once. */
function inspectAll(context: CacheContext, models: readonly ModelFiles[]): Finding[] {
  const findings = new Map<string, Finding>();
  for (const finding of models.flatMap((model) => inspect(context, model))) {
    const { repo, commit, path } = finding.file;
    const key = JSON.stringify([repo, commit, path]);
    if (!findings.has(key)) findings.set(key, finding);
  }
  return [...findings.values()];
}

function snapshotOf(context: CacheContext, model: ModelFiles): CachedSnapshot | undefined {
  return context.find(model.repo).snapshots.find((one) => one.commit === model.commit);
}

function inspect(context: CacheContext, model: ModelFiles): readonly Finding[] {
  const snapshot = snapshotOf(context, model);
  return model.paths.map((path) => {
    const file = { repo: model.repo, commit: model.commit, path };
    const entry = snapshot?.entries.find((one) => one.path === path);
    const listed = snapshot?.tree?.find((one) => one.path === path)?.digest;
    const named = entry?.blobName === undefined ? undefined : parseDigest(entry.blobName);
    const digest = listed ?? named;
    if (entry?.content === undefined) return { file, state: 'missing' };
    if (digest === undefined) return { file, content: entry.content, state: 'unknown' };
    return { file, digest, content: entry.content, state: 'unread' };
  });
}

/** Hashes each piece of content once per digest that is asked of it, and writes down what it found. */
async function hashAll(
  context: CacheContext,
  findings: readonly Finding[],
  { signal, onProgress }: VerifyOptions,
): Promise<void> {
  const unread = findings.filter((finding) => finding.state === 'unread');
  const totalBytes = unread.reduce((sum, finding) => sum + (finding.content?.sizeBytes ?? 0), 0);
  const known = new Map<string, string>();
  let doneBytes = 0;
  for (const finding of unread) {
    const { content, digest, file } = finding;
    if (content === undefined || digest === undefined) continue;
    const key = `${content.key} ${digest.algorithm}`;
    const hex = known.get(key) ?? (await hashContent(content, digest, file));
    known.set(key, hex);
    finding.state = hex === digest.hex ? 'good' : hex === '' ? 'missing' : 'damaged';
    onProgress?.({ step: 'hash', doneBytes, totalBytes, currentFile: file.path });
  }

  async function hashContent(
    content: StoredContent,
    digest: Digest,
    file: FileOfModel,
  ): Promise<string> {
    const contentPath = pathOf(context, content);
    const hashed = await hashFile(contentPath, digest.algorithm, {
      ...defined({ signal }),
      onBytes: (bytes) => {
        doneBytes += bytes;
        onProgress?.({ step: 'hash', doneBytes, totalBytes, currentFile: file.path });
      },
    }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (hashed === undefined) return '';
    await context.ledger.recordHash(content.key, hashed.sizeBytes, hashed.mtimeMs, hashed.hex);
    if (hashed.hex === digest.hex) await recordSums(context, { ...hashed, digest });
    return hashed.hex;
  }
}

function pathOf(context: CacheContext, content: StoredContent): string {
  return below(context.hubRoot, content.key);
}

/** Has the wrong files of each model fetched. The old file stays until the new one is published over it. */
async function repairAll(
  context: CacheContext,
  models: readonly ModelFiles[],
  findings: Finding[],
  port: RepairPort,
  signal: AbortSignal | undefined,
): Promise<readonly FileOfModel[]> {
  const repaired: FileOfModel[] = [];
  for (const model of models) {
    const wrong = findings.filter(
      ({ file, state }) =>
        (state === 'damaged' || state === 'missing') &&
        !repaired.includes(file) &&
        file.repo === model.repo &&
        file.commit === model.commit &&
        model.paths.includes(file.path),
    );
    if (wrong.length === 0 && !lacksListOrRef(context, model)) continue;
    const added = await repairModel(context, model, wrong, port, signal);
    findings.push(...added);
    repaired.push(...[...wrong, ...added].map((finding) => finding.file));
  }
  return repaired;
}

/** Whether the commit's list is gone, or the ref of the model's revision, or the snapshot that the ref names. */
function lacksListOrRef(context: CacheContext, model: ModelFiles): boolean {
  const { refs, snapshots } = context.find(model.repo);
  if (snapshotOf(context, model)?.tree === undefined) return true;
  const { revision } = model;
  if (revision === undefined) return false;
  const ref = refs.find((one) => one.revision === revision);
  return !snapshots.some((snapshot) => snapshot.commit === ref?.commit);
}

/** Resolves with the files that only the new list named. */
async function repairModel(
  context: CacheContext,
  model: ModelFiles,
  wrong: readonly Finding[],
  port: RepairPort,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  const { repo, commit } = model;
  const found = context.find(repo);
  const snapshot = snapshotOf(context, model);
  const tree =
    snapshot?.tree ??
    (repo.startsWith('local/')
      ? await importedTree(context, snapshot, signal)
      : await port.treeOf?.(repo, commit, signal));
  if (tree === undefined) {
    throw new AsrError(
      'unsupported',
      localized(
        '{0} has no file list, so it can’t be repaired. Delete it and download it again.',
        repo,
      ),
    );
  }
  const revision =
    found.refs.find((ref) => ref.commit === commit)?.revision ?? model.revision ?? commit;
  const listed = new Set(tree.map((entry) => entry.path));
  const known = model.paths.filter((path) => listed.has(path));
  const paths = snapshot?.tree === undefined ? port.pathsOf?.(model, tree) : undefined;
  const added = (paths ?? []).filter((path) => !known.includes(path));
  const prepared = await prepareSnapshot(
    context,
    { repo, commit, revision, tree, paths: [...known, ...added] },
    {
      refetch: wrong.filter(({ state }) => state === 'damaged').map(({ file }) => file.path),
      ...defined({ signal }),
    },
  );
  try {
    await port.fetch(prepared, signal);
    await prepared.complete();
  } finally {
    await prepared.release();
  }
  return added.map((path) => ({ file: { repo, commit, path }, state: 'missing' }));
}

/**
 * The list of an imported model, made again from its files: no hub has it, and its commit's name says whether these are
 * all of them. Undefined for any other.
 */
async function importedTree(
  context: CacheContext,
  snapshot: CachedSnapshot | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly RepoFile[] | undefined> {
  const tree: RepoFile[] = [];
  for (const { path, content } of snapshot?.entries ?? []) {
    if (content === undefined) return undefined;
    const file = pathOf(context, content);
    const sha256 = await hashFile(file, 'sha256', defined({ signal }));
    const gitSha1 = await hashFile(file, 'git-sha1', defined({ signal }));
    if (sha256 === undefined || gitSha1 === undefined) return undefined;
    tree.push({
      path,
      sizeBytes: content.sizeBytes,
      digest: { algorithm: 'sha256', hex: sha256.hex },
      gitOid: gitSha1.hex,
    });
  }
  return contentCommit(tree) === snapshot?.commit ? tree : undefined;
}
