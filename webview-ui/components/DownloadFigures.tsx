import type { ComponentChildren } from 'preact';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { fill, fillCount, percentText } from '../../src/protocol/format';
import { amountText, phaseOf, phaseText } from '../../src/protocol/phase';
import { usePanel } from './panelContext';
import { useNow } from './useNow';

/**
 * The numbers of the dialog. Each has a fixed position, so that nothing moves when one comes or goes. Without a
 * download: the same lines, before there is a number for any of them.
 */
export function DownloadFigures(props: { readonly download: ModelDownloadProgress | undefined }) {
  const { strings, figures } = usePanel();
  const { download } = props;
  const phase = download === undefined ? undefined : phaseOf(download);
  const now = useNow(phase === 'waiting');
  if (download === undefined) {
    return (
      <div class="figures">
        <FigureLine start={<span class="phase">{strings.starting}</span>} />
        <FigureLine />
      </div>
    );
  }
  const { bytesPerSecond, filesTotal, filesDone } = download;
  const end =
    phase === 'downloading'
      ? bytesPerSecond === undefined
        ? ''
        : fill(strings.speed, figures.speed(bytesPerSecond))
      : filesTotal !== undefined && filesTotal > 1
        ? fill(strings.filesDone, filesDone, filesTotal)
        : '';
  return (
    <div class="figures">
      <FigureLine
        start={<span class="phase">{phaseText(download, now, strings, figures)}</span>}
        end={<span class="percent">{percentText(download) ?? ''}</span>}
      />
      <FigureLine start={amountText(download, strings, figures)} end={end} />
    </div>
  );
}

/** The figures of a transfer while bytes flow: the time left and the connections. */
export function TransferFigures({ download }: { readonly download: ModelDownloadProgress }) {
  const { strings, figures } = usePanel();
  const { secondsRemaining, connections, fromMirror, sourceHost = '' } = download;
  const ends = [
    ...(connections !== undefined && connections > 0
      ? [fillCount(strings.connectionsOne, strings.connections, connections)]
      : []),
    ...(fromMirror === true ? [fill(strings.fromMirror, sourceHost)] : []),
  ];
  return (
    <div class="quiet">
      <FigureLine
        start={
          secondsRemaining === undefined
            ? strings.timeLeftUnknown
            : fill(strings.timeLeft, figures.duration(secondsRemaining))
        }
        end={ends.join(' · ')}
      />
    </div>
  );
}

function FigureLine(props: {
  readonly start?: ComponentChildren;
  readonly end?: ComponentChildren;
}) {
  return (
    <div class="figures-line">
      <span>{props.start}</span>
      <span class="figure-end">{props.end}</span>
    </div>
  );
}
