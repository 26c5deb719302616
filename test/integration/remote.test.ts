import assert from 'node:assert/strict';
import os from 'node:os';
import * as vscode from 'vscode';
import { canReveal, remoteHost } from '../../src/vscode/host/remoteHost';

/** Answers as VS Code would in another place; the real answers come back after the test. */
function pretend(name: 'remoteName' | 'uiKind', value: unknown): () => void {
  const original = Object.getOwnPropertyDescriptor(vscode.env, name);
  assert.ok(original?.configurable === true, `vscode.env.${name} can't be replaced`);
  Object.defineProperty(vscode.env, name, { value, configurable: true });
  return () => Object.defineProperty(vscode.env, name, original);
}

describe('where the files lie', () => {
  const restore: (() => void)[] = [];
  afterEach(() => {
    for (const undo of restore.splice(0)) undo();
  });
  const be = (remoteName: string | undefined, uiKind: vscode.UIKind): void => {
    restore.push(pretend('remoteName', remoteName), pretend('uiKind', uiKind));
  };

  it('is this machine under the desktop: no name, and its file manager opens', () => {
    be(undefined, vscode.UIKind.Desktop);
    assert.equal(remoteHost(), undefined);
    assert.equal(canReveal(), true);
  });

  for (const remoteName of ['ssh-remote', 'wsl', 'dev-container', 'attached-container', 'tunnel']) {
    it(`is said by host name under ${remoteName}, whose file manager can't be seen`, () => {
      be(remoteName, vscode.UIKind.Desktop);
      assert.equal(remoteHost(), os.hostname());
      assert.equal(canReveal(), false);
    });
  }

  it('offers no file manager in a browser', () => {
    be(undefined, vscode.UIKind.Web);
    assert.equal(canReveal(), false);
  });

  it('is the other machine in the server that the tests run in, this one under the desktop', () => {
    const isServer = vscode.env.uiKind === vscode.UIKind.Web;
    assert.equal(remoteHost(), isServer ? os.hostname() : undefined);
    assert.equal(canReveal(), !isServer);
  });
});
