import type { FileProgress } from '../../src/protocol/downloadProgress';
import { percentOf } from '../text/figures';
import { fill } from '../text/fill';
import { usePanel } from './panelContext';

/** Each file of the model with its own bytes, folded away until somebody asks. */
export function DownloadFiles({ files }: { readonly files: readonly FileProgress[] }) {
  const { strings, figures } = usePanel();
  const done = files.filter(({ verified }) => verified).length;
  return (
    <details class="files">
      <summary>
        {strings.files} <span class="quiet">{fill(strings.filesDone, done, files.length)}</span>
      </summary>
      <ul>
        {files.map((file) => (
          <li key={file.path}>
            <span class="file-path" title={file.path}>
              {file.path}
            </span>
            <span class="file-figure">
              {file.verified
                ? `${figures.bytes(file.sizeBytes)}, ${strings.fileVerified}`
                : `${fill(strings.ofBytes, figures.bytes(file.downloadedBytes), figures.bytes(file.sizeBytes))}, ${filePercent(file)} %`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function filePercent({ downloadedBytes, sizeBytes }: FileProgress): number {
  return percentOf(sizeBytes === 0 ? 1 : downloadedBytes / sizeBytes);
}
