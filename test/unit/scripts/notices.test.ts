import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { builtinModules } from 'node:module';
import { licencesOf, noticesProblems, readNotices } from '../../../scripts/package/notices';

const root = path.resolve(__dirname, '../../..');
const notices = readFileSync(path.join(root, 'THIRD-PARTY-NOTICES.txt'), 'utf8');

/** The packages that a folder's sources import: what the bundles take in. */
function importedPackages(folder: string): Set<string> {
  const found = new Set<string>();
  for (const entry of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(entry)) continue;
    const text = readFileSync(path.join(root, folder, entry), 'utf8');
    for (const [, name = ''] of text.matchAll(
      /^(?:import|export)[^;]*? from '((?:@[\w-]+\/)?[\w-]+)/gm,
    )) {
      found.add(name);
    }
  }
  return found;
}

describe('the notices of third parties', () => {
  it('name every package that the bundles take in', () => {
    const ours = new Set(['vscode', 'node', ...builtinModules]);
    const imported = [...importedPackages('src'), ...importedPackages('webview-ui')];
    assert.ok(imported.includes('undici') && imported.includes('preact'));
    assert.deepEqual(
      imported.filter((name) => !ours.has(name) && !notices.includes(`  ${name}`)),
      [],
    );
  });

  // The build tier compares what is on this platform; the lock file has all platforms.
  it('name every package that is shipped as it is', () => {
    const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    const shipped = Object.entries(lock.packages).flatMap(([place, { dev }]) =>
      place === '' || dev === true ? [] : [place.replace('node_modules/', '')],
    );
    assert.ok(shipped.length > 5);
    assert.deepEqual(
      shipped.filter((name) => !notices.includes(name)),
      [],
    );
  });

  it('name no licence of a package that is not the package’s own', async () => {
    const bundled = readNotices(notices).filter(({ section }) =>
      section.startsWith('In the bundles'),
    );
    const names = bundled.flatMap((notice) => notice.names).filter((name) => name !== 'llhttp');
    assert.ok(names.length > 15);
    const distributed = await licencesOf(names, path.join(root, 'node_modules'));
    assert.deepEqual(noticesProblems(notices, distributed, []), []);
  });

  it('would be found wanting', () => {
    const [mit, bsd] = [{ licence: 'MIT' }, { licence: '0BSD' }];
    const bundled = readNotices(notices)
      .filter(({ section }) => section.startsWith('In the bundles'))
      .flatMap(({ names, licence }) => names.map((name) => ({ name, licence })));
    const shipped = [{ name: 'koffi', ...mit }];
    const problemsOf = (more: typeof bundled, others = shipped): readonly string[] =>
      noticesProblems(notices, more, others);
    assert.deepEqual(problemsOf(bundled), []);
    assert.deepEqual(problemsOf([...bundled, { name: 'new-one', ...mit }]), [
      'new-one is in the bundles, but not named',
    ]);
    assert.deepEqual(problemsOf(bundled.filter(({ name }) => name !== 'ws')), [
      'ws is named, but in no bundle',
    ]);
    // Not what another package contains, nor what is only in a bundle.
    for (const name of ['ggml', 'undici']) {
      assert.deepEqual(problemsOf(bundled, [{ name, ...mit }]), [
        `${name} is shipped, but not named`,
      ]);
    }
    assert.deepEqual(problemsOf(bundled, [{ name: 'koffi', ...bsd }]), [
      'koffi has the licence 0BSD, not MIT',
    ]);
  });

  it('are part of every package', () => {
    const kept = readFileSync(path.join(root, '.vscodeignore'), 'utf8').split('\n');
    assert.ok(kept.includes('!THIRD-PARTY-NOTICES.txt'));
    const stage = readFileSync(path.join(root, 'scripts/package/stage.ts'), 'utf8');
    assert.match(stage, /'THIRD-PARTY-NOTICES\.txt'/);
  });
});
