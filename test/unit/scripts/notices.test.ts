import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { builtinModules } from 'node:module';

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

  it('are part of every package', () => {
    const kept = readFileSync(path.join(root, '.vscodeignore'), 'utf8').split('\n');
    assert.ok(kept.includes('!THIRD-PARTY-NOTICES.txt'));
    const stage = readFileSync(path.join(root, 'scripts/package/stage.ts'), 'utf8');
    assert.match(stage, /'THIRD-PARTY-NOTICES\.txt'/);
  });
});
