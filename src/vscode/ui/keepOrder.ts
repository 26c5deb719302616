import type { QuickPick, QuickPickItem } from 'vscode';

/**
 * Has the rows of a list stay in their order while a person types. The editor sorts those whose label matches first and
 * by their letters, so the best model would stand anywhere. Its types don't name the property (a proposed one), but every
 * editor since the oldest supported has it; where it is gone the editor sorts as it likes.
 */
export function keepOrder(picker: QuickPick<QuickPickItem>): void {
  if ('sortByLabel' in picker) picker.sortByLabel = false;
}
