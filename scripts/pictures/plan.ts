/** A picture of the documents, and what it shows. */
export interface PicturePlan {
  /** In `docs/pictures`. */
  readonly file: string;
  /**
   * The files, and the folders (with a slash at the end), that determine what it shows; a change of one of them makes it
   * out of date. Files that all surfaces share are left out, but for those whose texts most pictures show.
   */
  readonly inputs: readonly string[];
}

const stage = 'scripts/pictures/stage.ts';
const choosing = [
  'src/catalog/data/catalog.json',
  'src/catalog/recommendation.ts',
  'src/vscode/picker/',
  'src/vscode/ui/modelText.ts',
];
const progress = ['src/protocol/progressText.ts', 'src/vscode/views/downloadToast.ts'];
const sideBar = [
  'src/protocol/progressText.ts',
  'src/vscode/ui/modelText.ts',
  'src/vscode/views/modelsTree.ts',
  'src/vscode/views/modelsView.ts',
  'src/vscode/views/treeNodes.ts',
];
const page = ['src/protocol/panelStrings.ts', 'src/protocol/progressText.ts', 'webview-ui/'];

export const plan: readonly PicturePlan[] = [
  { file: 'picker.png', inputs: [stage, 'scripts/pictures/picker.ts', ...choosing] },
  {
    file: 'download.gif',
    inputs: unique([
      ...[stage, 'scripts/pictures/film.ts', 'package.nls.json'],
      ...[...choosing, ...progress, ...sideBar, ...page],
    ]),
  },
  {
    file: 'transcript.png',
    inputs: [
      ...[stage, 'scripts/pictures/transcript.ts', 'src/runtime/transcript/'],
      ...['src/vscode/commands/transcribeCommand.ts', 'src/vscode/views/statusBar.ts'],
      ...sideBar,
    ],
  },
  { file: 'dialog.png', inputs: [stage, 'scripts/pictures/panel.ts', ...page] },
  {
    file: 'panel.png',
    inputs: [stage, 'scripts/pictures/panel.ts', 'src/catalog/data/catalog.json', ...page],
  },
  { file: 'toast.png', inputs: [stage, 'scripts/pictures/sideBar.ts', ...progress] },
  { file: 'tree.png', inputs: [stage, 'scripts/pictures/sideBar.ts', ...sideBar] },
];

function unique(inputs: readonly string[]): readonly string[] {
  return [...new Set(inputs)];
}
