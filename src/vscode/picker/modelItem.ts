import * as vscode from 'vscode';
import type { ModelGroup } from '../../models';
import type { PickerRow } from './pickerItems';

/** A row of a picker that names a variant or a model of several, or a heading. */
export interface ModelItem extends vscode.QuickPickItem {
  readonly modelId?: string;
  readonly group?: ModelGroup;
}

/** A line between rows, with a label. */
export function heading(label: string): ModelItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** A row as a `QuickPickItem`. */
export function pickerItem(row: PickerRow): ModelItem {
  if (row.kind === 'heading') return heading(row.label);
  const { label, description, detail } = row;
  const text = { label, description, detail };
  return row.kind === 'group' ? { ...text, group: row.group } : { ...text, modelId: row.modelId };
}
