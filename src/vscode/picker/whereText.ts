import { byteText } from '../../common/byteText';
import type { Translate } from '../views/progressText';

const mostChars = 44;

/** Where downloads go. */
export interface Place {
  readonly cachePath: string;
  /** Undefined when it can't be told. */
  readonly freeBytes: number | undefined;
  /** The machine's name when it is not the person's own. */
  readonly host: string | undefined;
}

/**
 * Where a download would go and how much fits there: `80 GB free in …/hub on build-server`. Undefined when the free
 * space can't be told.
 */
export function whereText({ cachePath, freeBytes, host }: Place, t: Translate): string | undefined {
  if (freeBytes === undefined) return undefined;
  const free = byteText(freeBytes, t.language);
  return host === undefined
    ? t('{0} free in {1}', free, shortPath(cachePath))
    : t('{0} free in {1} on {2}', free, shortPath(cachePath), host);
}

/** The end of a path, where it differs from others, when the whole is too long for a title. */
function shortPath(path: string): string {
  if (path.length <= mostChars) return path;
  const parts = path.split(/[\\/]/);
  let kept = parts.pop() ?? '';
  for (const part of parts.reverse()) {
    if (kept.length + part.length + 1 > mostChars) break;
    kept = `${part}/${kept}`;
  }
  return `…/${kept}`;
}
