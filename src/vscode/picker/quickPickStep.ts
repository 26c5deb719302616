import * as vscode from 'vscode';

/** One question among several that follow each other. */
export interface QuickPickStep<T extends vscode.QuickPickItem> {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly T[];
}

/** Asks with a Back button. Resolves with the chosen item, `back`, or undefined when the person went away. */
export async function askStep<T extends vscode.QuickPickItem>(
  step: QuickPickStep<T>,
): Promise<T | 'back' | undefined> {
  const picker = vscode.window.createQuickPick<T>();
  picker.title = step.title;
  picker.placeholder = step.placeholder;
  picker.items = step.items;
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.buttons = [vscode.QuickInputButtons.Back];
  try {
    return await new Promise((resolve) => {
      picker.onDidTriggerButton(() => resolve('back'));
      picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        if (item !== undefined) resolve(item);
      });
      picker.onDidHide(() => resolve(undefined));
      picker.show();
    });
  } finally {
    picker.dispose();
  }
}
