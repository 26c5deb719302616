import os from 'node:os';
import * as vscode from 'vscode';

/**
 * The machine that the models lie on, when it is not the one a person sits at (SSH, WSL, a container, a browser);
 * undefined when it is.
 */
export function remoteHost(): string | undefined {
  return vscode.env.remoteName === undefined ? undefined : os.hostname();
}

/** Whether the system's file manager can be opened at a path of the extension host. */
export function canReveal(): boolean {
  return vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
}
