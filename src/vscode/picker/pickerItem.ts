import * as vscode from 'vscode';
import type { PickerRow } from './pickerItems';

/** A row of a picker that names a model, or a heading. */
export interface ModelItem extends vscode.QuickPickItem {
  readonly modelId?: string;
}

/** A line between rows, with a word on it. */
export function heading(label: string): ModelItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** A row as the editor takes it. */
export function pickerItem(row: PickerRow): ModelItem {
  if (row.kind === 'heading') return heading(row.label);
  const { label, description, detail, modelId } = row;
  return { label, description, detail, modelId };
}
