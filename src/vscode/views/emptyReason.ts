import type { ModelManager } from '../../models';

/** Why the view shows no model: `''` stands for "nothing was downloaded yet". Each has a welcome text. */
export type EmptyReason = '' | 'folderMissing' | 'folderUnusable' | 'offline';

type FolderState = Awaited<ReturnType<ModelManager['library']['folderState']>>;

/** The folder comes first: without it no download could end well. */
export function emptyReason(folder: Pick<FolderState, 'kind'>, isLineDown: boolean): EmptyReason {
  if (folder.kind === 'missing') return 'folderMissing';
  if (folder.kind !== 'ready') return 'folderUnusable';
  return isLineDown ? 'offline' : '';
}
