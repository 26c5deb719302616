import type { PanelFile } from '../../src/protocol/panelSnapshot';
import { usePanel } from './panelContext';

/** So much of a digest tells two files apart; the whole of it is in the tooltip. */
const shownDigits = 12;

/**
 * Exactly the files that a variant consists of, each with its size and digest where somebody knows them. Until they
 * have come, their place is held.
 */
export function VariantFiles(props: {
  readonly count: number;
  readonly files: readonly PanelFile[] | undefined;
}) {
  const { strings, figures } = usePanel();
  const { count, files } = props;
  if (files === undefined) {
    return (
      <ul class="variant-files" aria-busy="true">
        {Array.from({ length: count }, (_, at) => (
          <li key={at}>{'\u00a0'}</li>
        ))}
      </ul>
    );
  }
  return (
    <ul class="variant-files">
      {files.map(({ path, sizeBytes, digest }) => (
        <li key={path}>
          {path}{' '}
          <span class="source" title={digest}>
            {[
              sizeBytes === undefined ? strings.unknownSize : figures.bytes(sizeBytes),
              ...(digest === undefined ? [] : [shortDigest(digest)]),
            ].join(' · ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function shortDigest(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm}:${hex.slice(0, shownDigits)}…`;
}
