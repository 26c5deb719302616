import { createModelStore } from '../../../../src/cache';
import { systemClock } from '../../../../src/common/clock';
import { silentLogger } from '../../../../src/common/logger';
import { install, made, specOf } from './cacheFixture';

/*
 * A process that installs, updates, verifies and deletes models until it is killed. Arguments: the cache's folder and
 * the state's. Says "working" once it has begun.
 */
async function main(): Promise<void> {
  const [hubRoot = '', stateRoot = ''] = process.argv.slice(2);
  const store = createModelStore({
    hubRoot,
    stateRoot,
    clock: systemClock,
    logger: silentLogger,
    ownsRoot: true,
  });
  process.stdout.write('working\n');
  for (let round = 0; ; round++) {
    const files = [
      made('config.json', `{"round":${String(round)}}`),
      made('w/model.bin', Buffer.alloc(30_000, round % 250), true),
      made('same.txt', 'the same in every round'),
    ];
    const spec = specOf('org/model', files, { commit: round.toString(16).padStart(40, '0') });
    await install(store, spec, files);
    await store.verify([{ repo: spec.repo, commit: spec.commit, paths: spec.paths }]);
    if (round > 0) {
      const old = (round - 1).toString(16).padStart(40, '0');
      await store.removeFiles(spec.repo, old, spec.paths);
    }
    if (round % 5 === 4) await store.clear();
  }
}

void main();
