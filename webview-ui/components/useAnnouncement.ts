import { useEffect, useRef, useState } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { announcement } from '../store/announcement';
import { AnnouncementPace } from '../text/announcementPace';

/** The last thing that a screen reader should hear about the downloads. */
export function useAnnouncement(
  downloads: readonly ModelDownloadProgress[] | undefined,
  strings: PanelStrings,
): string {
  const heard = useRef<ReadonlyMap<string, ModelDownloadProgress> | undefined>(undefined);
  const [text, setText] = useState('');
  const [pace] = useState(() => new AnnouncementPace(setText, later));
  useEffect(() => () => pace.dispose(), [pace]);
  useEffect(() => {
    if (downloads === undefined) return;
    const before = heard.current;
    heard.current = new Map(downloads.map((download) => [download.downloadId, download]));
    // What ran already when the page opened was told by an earlier page.
    if (before === undefined) return;
    for (const download of downloads) {
      const said = announcement(before.get(download.downloadId), download, strings);
      if (said !== undefined) pace.add(download.downloadId, said);
    }
    pace.flush();
  }, [downloads, strings, pace]);
  return text;
}

function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
