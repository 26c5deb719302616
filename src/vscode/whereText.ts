import * as vscode from 'vscode';
import { localBytes } from './localise';
import { remoteHost } from './remoteHost';

const mostChars = 44;

/**
 * Where a download would go and how much fits there: `80 GB free in …/hub on build-server`. Undefined when the free
 * space can't be told.
 */
export function whereText(cachePath: string, freeBytes: number | undefined): string | undefined {
  if (freeBytes === undefined) return undefined;
  const free = localBytes(freeBytes);
  const host = remoteHost();
  return host === undefined
    ? vscode.l10n.t('{0} free in {1}', free, shortPath(cachePath))
    : vscode.l10n.t('{0} free in {1} on {2}', free, shortPath(cachePath), host);
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
