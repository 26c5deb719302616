import { useEffect, useRef, useState } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { announcement } from '../store/announcement';

/** The last thing that a screen reader should hear about the downloads. */
export function useAnnouncement(
  downloads: readonly ModelDownloadProgress[] | undefined,
  strings: PanelStrings,
): string {
  const heard = useRef<ReadonlyMap<string, ModelDownloadProgress> | undefined>(undefined);
  const [text, setText] = useState('');
  useEffect(() => {
    if (downloads === undefined) return;
    const before = heard.current;
    heard.current = new Map(downloads.map((download) => [download.downloadId, download]));
    // What ran already when the page opened was told by an earlier page.
    if (before === undefined) return;
    const said = downloads.flatMap(
      (download) => announcement(before.get(download.downloadId), download, strings) ?? [],
    );
    if (said.length > 0) setText(said.join(' '));
  }, [downloads, strings]);
  return text;
}
