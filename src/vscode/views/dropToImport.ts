import * as vscode from 'vscode';
import type { TreeNode } from './treeNodes';

/** A file or folder that is dropped onto the view is imported. */
export const dropToImport: vscode.TreeDragAndDropController<TreeNode> = {
  dragMimeTypes: [],
  dropMimeTypes: ['text/uri-list'],
  async handleDrop(_, data) {
    const list = (await data.get('text/uri-list')?.asString()) ?? '';
    for (const place of droppedPaths(list)) {
      await vscode.commands.executeCommand('asr.importModel', place);
    }
  },
};

/** The places in a `text/uri-list` (RFC 2483: lines, `#` begins a comment); what is no address is left out. */
export function droppedPaths(list: string): readonly vscode.Uri[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && URL.canParse(line))
    .map((line) => vscode.Uri.parse(line, true));
}
