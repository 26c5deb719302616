import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { askStep } from '../../src/vscode/picker/askStep';

const rowsWith = (size: string): readonly vscode.QuickPickItem[] =>
  ['org/first', 'org/second', 'org/third'].map((label) => ({ label, description: size }));

describe('a question whose rows change while it stands', () => {
  const { createQuickPick } = vscode.window;
  let picker: vscode.QuickPick<vscode.QuickPickItem>;
  beforeEach(() => {
    Object.assign(vscode.window, {
      createQuickPick: () => (picker = createQuickPick()),
    });
  });
  afterEach(() => Object.assign(vscode.window, { createQuickPick }));

  /** Resolves when the editor has said that this row is the active one; undefined: that none is. */
  async function untilActive(label: string | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (picker.activeItems[0]?.label === label) resolve();
      };
      picker.onDidChangeActive(look);
      look();
    });
  }

  async function ask(): Promise<{
    readonly chosen: Promise<vscode.QuickPickItem | 'back' | undefined>;
    readonly show: (items: readonly vscode.QuickPickItem[]) => void;
  }> {
    let show: (items: readonly vscode.QuickPickItem[]) => void = () => assert.fail('too early');
    const chosen = askStep<vscode.QuickPickItem>({
      title: 'Which one?',
      placeholder: '',
      items: rowsWith(''),
      meanwhile: (replace) => {
        show = replace;
        return Promise.resolve();
      },
    });
    await untilActive('org/first');
    return { chosen, show };
  }
  const accept = () =>
    vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');

  it('keeps the row that a person stands on', async () => {
    const { chosen, show } = await ask();
    await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
    await untilActive('org/second');
    show(rowsWith('2 MB'));
    await untilActive('org/second');
    await accept();
    assert.deepEqual(await chosen, { label: 'org/second', description: '2 MB' });
  });

  it('takes the row that is found by what was typed a moment before', async () => {
    const { chosen, show } = await ask();
    picker.value = 'third';
    // The editor has not said yet that the first row is hidden.
    show(rowsWith('2 MB'));
    await untilActive(undefined);
    await untilActive('org/third');
    await accept();
    assert.deepEqual(await chosen, { label: 'org/third', description: '2 MB' });
  });
});
