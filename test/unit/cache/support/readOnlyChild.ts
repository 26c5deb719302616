import { AsrError } from '../../../../src/common/asrError';
import { CacheFixture, made, specOf } from './cacheFixture';

/*
 * Looks at a cache that it may not write to and tries everything that would. Argument: the fixture's folder. Prints
 * what came of it as JSON.
 */
async function main(): Promise<void> {
  const { store } = CacheFixture.at(process.argv[2] ?? '', { ownsRoot: true });
  const outcome = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => 'done',
      (error: unknown) =>
        error instanceof AsrError ? `${error.code}: ${error.message}` : String(error),
    );
  const [repo] = (await store.scan()).repos;
  const [snapshot] = repo?.snapshots ?? [];
  const files = snapshot?.files ?? [];
  const model = {
    repo: 'org/model',
    commit: snapshot?.commit ?? '',
    paths: files.map((file) => file.path),
  };
  const state = await store.folderState();
  const verified = await store.verify([model]);
  const report = {
    state: state.kind,
    localizedMessage: 'localizedMessage' in state ? state.localizedMessage.template : '',
    files: files.map((file) => [file.path, file.verified]),
    good: verified.good.length,
    download: await outcome(store.prepare(specOf('org/new', [made('n.bin', 'new', true)]))),
    remove: await outcome(store.removeFiles(model.repo, model.commit, model.paths)),
    clear: await outcome(store.clear()),
    restore: await outcome(store.restoreRevision(model.repo, 'v2', model.commit)),
    everything: (await store.uninstall()).left.map(
      ({ localizedMessage }) => localizedMessage.template,
    ),
    after: (await store.scan()).repos.flatMap((one) => one.snapshots).length,
  };
  process.stdout.write(JSON.stringify(report));
}

void main();
