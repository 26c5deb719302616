import assert from 'node:assert/strict';
import path from 'node:path';
import { readBuiltInCatalog } from '../../../../src/catalog/builtInCatalog';
import { buildPanelCatalog } from '../../../../src/vscode/panel/panelCatalog';

describe('vscode/panel: the catalog as the page shows it', () => {
  it('holds every model of the built-in catalog once, in its family', async () => {
    const models = await readBuiltInCatalog(path.resolve('src/catalog/data/catalog.json'));
    const { families } = buildPanelCatalog(models, () => 'fits');
    const shown = families.flatMap(({ variants }) => variants);
    assert.equal(shown.length, models.length);
    assert.equal(new Set(shown.map(({ id }) => id)).size, models.length);
    assert.equal(new Set(families.map(({ id }) => id)).size, families.length);
    assert.ok(shown.every(({ fits, catalogName }) => fits === 'fits' && catalogName === undefined));
    const sample = models.find(({ memoryBytes }) => memoryBytes !== undefined);
    const same = shown.find(({ id }) => id === sample?.id);
    assert.equal(same?.memoryBytes, sample?.memoryBytes?.bytes);
  });

  it('is plain data that survives a message', async () => {
    const models = await readBuiltInCatalog(path.resolve('src/catalog/data/catalog.json'));
    const catalog = buildPanelCatalog(models, () => undefined);
    assert.deepEqual(JSON.parse(JSON.stringify(catalog)), catalog);
  });

  it('names an extra catalog, says a description once, and leaves out what is not known', async () => {
    const [model] = await readBuiltInCatalog(path.resolve('src/catalog/data/catalog.json'));
    assert.ok(model !== undefined);
    const { families } = buildPanelCatalog(
      [
        { ...model, id: 'a', description: 'One.', catalog: { id: 'ours', name: 'Our models' } },
        { ...model, id: 'b', description: 'Two.', catalog: { id: 'ours', name: 'Our models' } },
      ],
      () => undefined,
    );
    assert.equal(families.length, 1);
    assert.equal('description' in (families[0] ?? {}), false);
    assert.deepEqual(
      families[0]?.variants.map(({ description, catalogName }) => [description, catalogName]),
      [
        ['One.', 'Our models'],
        ['Two.', 'Our models'],
      ],
    );
    assert.ok(families.every(({ variants }) => variants.every((each) => !('fits' in each))));
  });
});
