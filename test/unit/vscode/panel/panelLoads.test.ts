import assert from 'node:assert/strict';
import { PanelLoads } from '../../../../src/vscode/panel/panelLoads';

describe('vscode/panel: the state of a load', () => {
  let loads: PanelLoads;

  beforeEach(() => {
    loads = new PanelLoads();
  });

  it('is under way until it ends', () => {
    const load = loads.begin('tiny', 'Tiny');
    assert.deepEqual(loads.loading, { modelId: 'tiny', name: 'Tiny', state: 'loading' });
    loads.end(load);
    assert.equal(loads.loading, undefined);
    assert.equal(loads.failed, undefined);
  });

  it('keeps a failure until a model is loaded elsewhere', () => {
    loads.fail(loads.begin('tiny', 'Tiny'), 'Out of memory.', undefined);
    assert.deepEqual(loads.failed, { modelId: 'tiny', name: 'Tiny', message: 'Out of memory.' });
    loads.observeLoaded(undefined);
    assert.notEqual(loads.failed, undefined);
    loads.observeLoaded('base');
    assert.equal(loads.failed, undefined);
  });

  it('does not take the model that stayed loaded for a newer truth', () => {
    loads.fail(loads.begin('tiny', 'Tiny'), 'Out of memory.', 'base');
    loads.observeLoaded('base');
    assert.notEqual(loads.failed, undefined);
  });

  it('is forgotten when another load begins or the person does something else', () => {
    loads.fail(loads.begin('tiny', 'Tiny'), 'Out of memory.', undefined);
    assert.equal(loads.forgetFailure(), true);
    assert.equal(loads.forgetFailure(), false);
    loads.fail(loads.begin('tiny', 'Tiny'), 'Out of memory.', undefined);
    loads.begin('base', 'Base');
    assert.equal(loads.failed, undefined);
  });

  it('stays that of the newer load when the older one ends', () => {
    const older = loads.begin('tiny', 'Tiny');
    loads.begin('base', 'Base');
    loads.end(older);
    assert.equal(loads.loading?.modelId, 'base');
  });
});
