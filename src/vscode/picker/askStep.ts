import * as vscode from 'vscode';
import { keepOrder } from '../ui/keepOrder';

/** One question among several that follow each other. */
interface QuickPickStep<T extends vscode.QuickPickItem> {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly T[];
  /** Work while the question stands, such as asking for what is not known yet; `show` replaces the rows. */
  readonly meanwhile?: (
    show: (items: readonly T[]) => void,
    closed: AbortSignal,
  ) => Promise<unknown>;
}

/** Asks with a Back button. */
export async function askStep<T extends vscode.QuickPickItem>(
  step: QuickPickStep<T>,
): Promise<T | 'back' | undefined> {
  const picker = vscode.window.createQuickPick<T>();
  const closed = new AbortController();
  picker.title = step.title;
  picker.placeholder = step.placeholder;
  picker.items = step.items;
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  keepOrder(picker);
  picker.buttons = [vscode.QuickInputButtons.Back];
  let isActiveGiven = false;
  const show = (items: readonly T[]): void => {
    if (closed.signal.aborted) return;
    const at = picker.items.findIndex((item) => item === picker.activeItems[0]);
    picker.keepScrollPosition = true;
    picker.items = items;
    // The active row stays active, though its text is another now.
    const active = items[at];
    isActiveGiven = active !== undefined && items.length >= at;
    if (active !== undefined && isActiveGiven) picker.activeItems = [active];
  };
  picker.onDidChangeActive((items) => {
    // A text that was typed a moment before hides that row: none is active then, and Enter would do nothing. Rows that
    // are given once more get the first of them active.
    if (items.length > 0 || !isActiveGiven) return;
    isActiveGiven = false;
    picker.items = [...picker.items];
  });
  try {
    return await new Promise((resolve, reject) => {
      picker.onDidTriggerButton(() => resolve('back'));
      picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        if (item !== undefined) resolve(item);
      });
      picker.onDidHide(() => resolve(undefined));
      picker.show();
      if (step.meanwhile === undefined) return;
      picker.busy = true;
      step.meanwhile(show, closed.signal).then(() => {
        if (!closed.signal.aborted) picker.busy = false;
      }, reject);
    });
  } finally {
    closed.abort();
    picker.dispose();
  }
}
