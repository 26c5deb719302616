import { useEffect, useRef, useState } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { announcement } from '../store/announcement';
import { AnnouncementPace } from '../text/announcementPace';

/** The newest announcement about the downloads for a screen reader. */
export function useAnnouncement(
  downloads: readonly ModelDownloadProgress[] | undefined,
  strings: PanelStrings,
): string {
  const announced = useRef<ReadonlyMap<string, ModelDownloadProgress> | undefined>(undefined);
  const [text, setText] = useState('');
  const [pace] = useState(() => new AnnouncementPace(setText, later));
  useEffect(() => () => pace.dispose(), [pace]);
  useEffect(() => {
    if (downloads === undefined) return;
    const before = announced.current;
    announced.current = new Map(downloads.map((download) => [download.downloadId, download]));
    // An earlier page has announced what was running when this one opened.
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
