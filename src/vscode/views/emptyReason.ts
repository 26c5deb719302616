import type { ModelManager } from '../../models';
import type { ModelDownloadProgress } from '../../protocol/downloadProgress';
import type { ErrorCode } from '../../protocol/errorCode';

/** Why the view shows no model: `''` stands for "nothing was downloaded yet". Each has a welcome text. */
export type EmptyReason = '' | 'folderMissing' | 'folderUnusable' | 'offline';

type FolderState = Awaited<ReturnType<ModelManager['library']['folderState']>>;

/** The folder comes first: without it no download could end well. */
export function emptyReason(folder: Pick<FolderState, 'kind'>, isLineDown: boolean): EmptyReason {
  if (folder.kind === 'missing') return 'folderMissing';
  if (folder.kind !== 'ready') return 'folderUnusable';
  return isLineDown ? 'offline' : '';
}

const lineCodes: readonly ErrorCode[] = ['network', 'proxy', 'tls', 'stalled'];

/** Infers from the downloads whether the hub could be reached the last time; sends no request. */
export class LineWatch {
  #isDown = false;

  get isDown(): boolean {
    return this.#isDown;
  }

  observe({ status, errorCode, bytesPerSecond }: ModelDownloadProgress): void {
    if (status === 'error') {
      this.#isDown = errorCode !== undefined && lineCodes.includes(errorCode);
    } else if (status === 'completed' || bytesPerSecond !== undefined) this.#isDown = false;
  }
}
