import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { document, section, tableRows } from './support/documents';
import { manifest, memberOf, objectIn } from './support/manifest';

describe('the dependencies in ARCHITECTURE.md', () => {
  const rows = tableRows(section(document('ARCHITECTURE.md'), /^## Dependencies$/) ?? '');
  const declared = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(memberOf(manifest, kind)),
  );

  it('are those of the manifest, each with what it is for and what dropping it would take', () => {
    const named = rows.map(([name = '']) => name.replaceAll('`', ''));
    assert.deepEqual([...named].sort(), [...declared].sort());
    for (const cells of rows) {
      assert.equal(cells.length, 6, cells[0]);
      for (const cell of cells) assert.notEqual(cell, '', cells[0]);
    }
  });

  it('have the licences of the packages', () => {
    const locked = memberOf(objectIn('package-lock.json'), 'packages');
    for (const [cell = '', , licence] of rows) {
      const name = cell.replaceAll('`', '');
      const place = `node_modules/${name}`;
      // Packages for other platforms are not installed; the lock file has their licences.
      const stated = existsSync(place)
        ? objectIn(`${place}/package.json`)['license']
        : memberOf(locked, place)['license'];
      assert.equal(licence, stated, name);
    }
  });
});
