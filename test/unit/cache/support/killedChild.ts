import { CacheFixture } from './cacheFixture';
import { operations } from './killOperations';

/*
 * Runs one operation and ends itself with SIGKILL at the n-th change of the disk: before it, or while it may be under
 * way. Arguments: the fixture's folder, the operation, n, `before` or `during`.
 */
async function main(): Promise<void> {
  const [root = '', name = '', point = '', when = ''] = process.argv.slice(2);
  const operation = operations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`no operation is called ${name}`);
  const end = (): void => {
    process.kill(process.pid, 'SIGKILL');
  };
  let steps = 0;
  const step = (): void => {
    steps++;
    if (steps !== Number(point)) return;
    if (when === 'before') end();
    else setImmediate(end);
  };
  const cache = CacheFixture.at(root, { ownsRoot: true, ports: { step } });
  await operation.run(cache.store, cache);
  end();
}

void main();
