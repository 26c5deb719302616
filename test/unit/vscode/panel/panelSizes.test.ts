import assert from 'node:assert/strict';
import { deferred } from '../../../../src/common/deferred';
import type { CatalogModel } from '../../../../src/models';
import { PanelSizes } from '../../../../src/vscode/panel/panelSizes';
import { hubModel } from '../../models/fakePorts';

describe('vscode/panel: sizes for the rows in sight', () => {
  const models = ['a', 'b', 'c', 'd'].map((id) => hubModel(id));
  let asked: string[];
  /** The answers that the hub waits for, by model. */
  let answers: Map<string, Promise<boolean>>;
  const advice = {
    async askUnknownSizes(wanted: Iterable<CatalogModel>, signal: AbortSignal): Promise<number> {
      for (const { id } of wanted) {
        if (signal.aborted) break;
        asked.push(id);
        if ((await answers.get(id)) === false) break;
      }
      return asked.length;
    },
  };
  const manager = { catalogModels: () => Promise.resolve(models), advice };

  beforeEach(() => {
    asked = [];
    answers = new Map();
  });

  it('asks about one after the other; scrolling on replaces those that wait', async () => {
    const sizes = new PanelSizes();
    const first = deferred<boolean>();
    answers.set('a', first.promise);
    const all = sizes.ask(manager, ['a', 'b']);
    await Promise.resolve();
    await sizes.ask(manager, ['c', 'gone', 'd']);
    assert.deepEqual(asked, ['a']);
    first.resolve(true);
    await all;
    assert.deepEqual(asked, ['a', 'c', 'd'], 'b is out of sight');
  });

  it('asks about no model twice, but for another page', async () => {
    const sizes = new PanelSizes();
    await sizes.ask(manager, ['a', 'b']);
    await sizes.ask(manager, ['b', 'a']);
    assert.deepEqual(asked, ['a', 'b']);
    sizes.stop();
    await sizes.ask(manager, ['b']);
    assert.deepEqual(asked, ['a', 'b', 'b']);
  });

  it('leaves the rest alone when the hub is not there, and asks again for what comes into sight', async () => {
    const sizes = new PanelSizes();
    answers.set('a', Promise.resolve(false));
    await sizes.ask(manager, ['a', 'b']);
    assert.deepEqual(asked, ['a']);
    await sizes.ask(manager, ['b', 'c']);
    assert.deepEqual(asked, ['a', 'b', 'c']);
  });

  it('ends with its page, whatever is still being asked', async () => {
    const sizes = new PanelSizes();
    const never = deferred<boolean>();
    answers.set('a', never.promise);
    const ended = sizes.ask(manager, ['a', 'b']);
    await Promise.resolve();
    sizes.stop();
    await sizes.ask(manager, ['c']);
    never.resolve(true);
    await ended;
    assert.deepEqual(asked, ['a', 'c']);
  });
});
