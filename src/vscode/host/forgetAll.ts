import type * as vscode from 'vscode';

/** Empties a memento: hints that cost nothing but looking again. */
export async function forgetAll(memento: vscode.Memento): Promise<void> {
  for (const key of memento.keys()) await memento.update(key, undefined);
}
