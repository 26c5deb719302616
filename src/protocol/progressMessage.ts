import { defined } from './defined';
import type { ModelDownloadProgress } from './downloadProgress';
import { fractionOf } from './format';
import type { DownloadProgressMessage } from './panelMessages';

/** The push of a download's record, the same for the panel, the server and the command line. */
export function progressMessage(record: ModelDownloadProgress): DownloadProgressMessage {
  const fraction = fractionOf(record);
  const percent = fraction === undefined ? undefined : fraction * 100;
  return {
    type: 'download_progress',
    downloaded: record.downloadedBytes,
    ...defined({ total: record.totalBytes, percent }),
    record,
  };
}
