import assert from 'node:assert/strict';
import type { PanelVariant } from '../../../../src/protocol/panelSnapshot';
import { packCatalog } from '../../../../src/vscode/panel/panelCatalog';
import { buildPanelCatalog, panelFiles } from '../../../../src/vscode/panel/panelCatalog';
import { builtInModels, groupsOf } from '../../catalog/builtInGroups';
import { unpackCatalog } from '../../../../webview-ui/store/modelDownloadStore';

describe('vscode/panel: the catalog as the page shows it', () => {
  it('holds every model of the built-in catalog once, in its family', async () => {
    const models = await builtInModels();
    const { families } = buildPanelCatalog(groupsOf(models), { fitOf: () => 'fits' });
    const shown = families.flatMap(({ variants }) => variants);
    assert.equal(shown.length, models.length);
    assert.equal(new Set(shown.map(({ id }) => id)).size, models.length);
    assert.equal(new Set(families.map(({ id }) => id)).size, families.length);
    assert.ok(shown.every(({ fits, catalogName }) => fits === 'fits' && catalogName === undefined));
    const sample = models.find(({ memoryBytes }) => memoryBytes !== undefined);
    const same = shown.find(({ id }) => id === sample?.id);
    assert.equal(same?.memoryBytes, sample?.memoryBytes?.bytes);
  });

  it('weighs little as a message, and is the same again on the page', async () => {
    const models = await builtInModels();
    const catalog = buildPanelCatalog(groupsOf(models), {
      fitOf: () => 'fits',
      safeCopyOf: () => 'a-safe-copy',
    });
    const packed = packCatalog(catalog);
    const message = JSON.stringify(packed);
    // Under 300 bytes for a model. It was 530 kB when every file and digest was in it, and the list came that much later.
    assert.ok(message.length < 300 * models.length, `${message.length} bytes`);
    assert.ok(message.length < 200_000, `${message.length} bytes`);
    assert.deepEqual(unpackCatalog(structuredClone(packed)), catalog);
  });

  it('is plain data that survives a message', async () => {
    const models = await builtInModels();
    const catalog = buildPanelCatalog(groupsOf(models));
    assert.deepEqual(JSON.parse(JSON.stringify(catalog)), catalog);
  });

  it('has each variant’s files with size and digest, and who said so', async () => {
    const models = await builtInModels();
    const shown = (isFromHub: boolean): ReturnType<typeof buildPanelCatalog> =>
      buildPanelCatalog(groupsOf(models), {
        isFromHub: () => isFromHub,
        safeCopyOf: () => 'a-safe-copy',
      });
    const named = (id: string, asked = false): PanelVariant => {
      const variants = shown(asked).families.flatMap((family) => family.variants);
      const found = variants.find((variant) => variant.id === id);
      assert.ok(found);
      return found;
    };
    const tiny = models.find(({ id }) => id === 'whisper-tiny-q5_1');
    const [file] = tiny?.files ?? [];
    assert.ok(file?.sha256);
    assert.equal(named('whisper-tiny-q5_1').fileCount, 1);
    assert.ok(tiny);
    assert.deepEqual(panelFiles(tiny), [
      { path: file.path, sizeBytes: file.sizeBytes, digest: `sha256:${file.sha256}` },
    ]);
    assert.equal(named('whisper-tiny-q5_1').hub, 'notAsked');
    assert.equal(named('whisper-tiny-q5_1', true).hub, 'asked');
    const packed = models.find(({ packed: packing }) => packing !== undefined);
    assert.equal(named(packed?.id ?? '', true).hub, undefined, 'no hub has it');
    assert.equal(named('nemo-parakeet-tdt-0.6b-v2').safeCopyId, 'a-safe-copy');
    assert.equal(named('whisper-tiny-q5_1').safeCopyId, undefined);
  });

  it('names an extra catalog, and leaves out what is not known', async () => {
    const [model] = await builtInModels();
    assert.ok(model !== undefined);
    const { families } = buildPanelCatalog(
      groupsOf([
        { ...model, id: 'a', description: 'One.', catalog: { id: 'ours', name: 'Our models' } },
        { ...model, id: 'b', description: 'Two.', catalog: { id: 'ours', name: 'Our models' } },
      ]),
    );
    assert.equal(families.length, 1);
    assert.deepEqual(
      families[0]?.variants.map(({ description, catalogName }) => [description, catalogName]),
      [
        ['One.', 'Our models'],
        ['Two.', 'Our models'],
      ],
    );
    assert.ok(families.every(({ variants }) => variants.every((each) => !('fits' in each))));
  });

  it('calls no two models and no two variants the same, and marks one variant of a model as the best', async () => {
    const { families } = buildPanelCatalog(groupsOf(await builtInModels()));
    const names = families.flatMap(({ name, variants }) => [name, ...variants.map((v) => v.name)]);
    const alone = families.filter(({ variants }) => variants.length === 1).map(({ name }) => name);
    const twice = names.filter((name, at) => names.indexOf(name) !== at && !alone.includes(name));
    assert.deepEqual(twice, []);
    for (const { name, variants } of families) {
      const [first, ...others] = variants;
      assert.equal(first?.best === true, first?.elsewhere === undefined, name);
      assert.ok(others.every(({ best }) => best === undefined));
    }
  });
});
