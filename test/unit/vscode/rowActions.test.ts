import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isObject, parseJson } from '../../../src/common/json';

/** The actions that the manifest offers on a row of the view with this context value, where files can be revealed. */
function actionsOn(viewItem: string): { readonly inline: string[]; readonly all: string[] } {
  const manifest = parseJson(readFileSync('package.json', 'utf8'));
  assert.ok(isObject(manifest) && isObject(manifest['contributes']));
  const menus = manifest['contributes']['menus'];
  assert.ok(isObject(menus) && Array.isArray(menus['view/item/context']));
  const found = menus['view/item/context'].flatMap((entry: unknown) => {
    assert.ok(isObject(entry));
    const { command, when, group } = entry;
    assert.ok(typeof command === 'string' && typeof when === 'string');
    const isShown = when.split(' && ').every((clause) => holds(clause, viewItem));
    return isShown ? [{ command: command.slice('asr.'.length), group: String(group) }] : [];
  });
  const names = found.map(({ command }) => command);
  const inline = found.filter(({ group }) => group.startsWith('inline'));
  return { inline: inline.map(({ command }) => command).sort(), all: [...new Set(names)].sort() };
}

function holds(clause: string, viewItem: string): boolean {
  if (clause === 'view == asr.models') return true;
  if (clause === '!isWeb' || clause === "remoteName == ''") return true;
  const [, pattern] = /^viewItem =~ \/(.+)\/$/.exec(clause) ?? [];
  if (pattern !== undefined) return new RegExp(pattern).test(viewItem);
  const [, value] = /^viewItem == (\S+)$/.exec(clause) ?? [];
  assert.ok(value !== undefined, `this test does not know the clause ${clause}`);
  return value === viewItem;
}

/** Context values as `contextValue` makes them (treeNodes.test.ts). */
const wholeModel = ['checkForUpdates', 'copyCodeSnippet', 'copyModelPath', 'deleteModel'];
const offered: Readonly<Record<string, { inline: string[]; menu: string[] }>> = {
  'asr.download.running': { inline: ['cancelDownload', 'pauseDownload'], menu: [] },
  'asr.download.silent': { inline: ['cancelDownload', 'takeOverDownload'], menu: [] },
  'asr.download.paused': { inline: ['cancelDownload', 'resumeDownload'], menu: [] },
  'asr.model.downloaded': {
    inline: ['deleteModel'],
    menu: [...wholeModel, 'revealModel', 'verifyModel'],
  },
  'asr.model.downloaded.loadable': {
    inline: ['deleteModel', 'loadModel'],
    menu: [...wholeModel, 'revealModel', 'verifyModel'],
  },
  'asr.model.outdated.loadable': {
    inline: ['deleteModel', 'loadModel', 'updateModel'],
    menu: [...wholeModel, 'revealModel', 'verifyModel'],
  },
  'asr.model.incomplete': { inline: ['deleteModel', 'resumeDownload'], menu: ['deleteModel'] },
  'asr.model.incomplete.loadable': {
    inline: ['deleteModel', 'resumeDownload'],
    menu: ['deleteModel'],
  },
  'asr.model.damaged.loadable': {
    inline: ['deleteModel'],
    menu: ['checkForUpdates', 'copyCodeSnippet', 'deleteModel', 'verifyModel'],
  },
};

describe('the actions of a row of the view', () => {
  for (const [viewItem, { inline, menu }] of Object.entries(offered)) {
    it(`${viewItem}: its actions`, () => {
      const found = actionsOn(viewItem);
      assert.deepEqual(found.inline, [...inline].sort());
      assert.deepEqual(found.all, [...new Set([...inline, ...menu])].sort());
    });
  }
});
