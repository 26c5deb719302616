import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { phaseOf } from '../../src/protocol/phase';
import { fractionOf, percentOf } from '../../src/protocol/format';

/** The browser's own bar: determinate once the total is known, indeterminate before that. */
export function ProgressBar(props: {
  readonly download: ModelDownloadProgress;
  readonly label: string;
}) {
  const fraction = fractionOf(props.download);
  const phase = phaseOf(props.download);
  // A queued or failed download of unknown size must not look as if it moved.
  const value = fraction ?? (phase === 'resolving' || phase === 'downloading' ? undefined : 0);
  return (
    <progress
      class={`bar bar-${phase}`}
      aria-label={props.label}
      max={100}
      value={value === undefined ? undefined : percentOf(value)}
    />
  );
}
