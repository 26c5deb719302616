import * as vscode from 'vscode';
import type { ModelManager } from '../../models';
import type { LazyManager } from '../host/lazyManager';

/** Short work would remove its sign before the editor has drawn it. */
const leastShownMs = 500;

/**
 * Shows at once, on the status bar, that a command has begun, until its work has ended (a person waits 100 ms before
 * they click again), and half a second at least. Not as progress: the editor holds that back for 150 ms.
 */
export async function acknowledged<T>(text: string, work: () => Promise<T>): Promise<T> {
  const sign = vscode.window.setStatusBarMessage(`$(loading~spin) ${text}`);
  const untilMs = performance.now() + leastShownMs;
  try {
    return await work();
  } finally {
    setTimeout(() => void sign.dispose(), untilMs - performance.now());
  }
}

/** For a command that reads the disk before it can ask or answer. */
export function whileLooking<T>(work: () => Promise<T>): Promise<T> {
  return acknowledged(vscode.l10n.t('Looking at the models…'), work);
}

/** For a command that deletes files after the user has confirmed it. */
export function whileDeleting<T>(work: () => Promise<T>): Promise<T> {
  return acknowledged(vscode.l10n.t('Deleting…'), work);
}

/** The manager for a command that shows nothing before it has it: the first use in a window loads its code. */
export function openManager(manager: LazyManager): Promise<ModelManager> {
  const { loaded } = manager;
  return loaded === undefined ? whileLooking(() => manager.get()) : Promise.resolve(loaded);
}
