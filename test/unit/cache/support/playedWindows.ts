import type * as nodeFs from 'node:fs';
import { createRequire } from 'node:module';

/** How Windows refuses things, played on other systems. Plain values and no references: it is also sent to a worker. */
export interface PlayedRefusals {
  /** Another program looks at every file for so long after it was written; Infinity: it never closes one. */
  readonly heldMs: number;
  /** What making a link fails with; absent: links can be made. */
  readonly linkError?: 'EPERM' | 'EISDIR';
  /** Only paths that contain this are held. */
  readonly only?: string;
  /** Paths that contain this are never held. */
  readonly except?: string;
}

/**
 * Replaces the calls of `node:fs/promises` by ones that refuse: what is renamed, removed or opened while another
 * program looks at it. Returns how to end it, and counts the refusals. Needs nothing from outside of it.
 */
function install(
  require: (name: string) => unknown,
  { heldMs, linkError, only = '', except = '\0' }: PlayedRefusals,
): { readonly end: () => void; readonly refused: () => number } {
  const sync = require('node:fs') as typeof nodeFs;
  const calls = require('node:fs/promises') as Record<
    string,
    (...parameters: unknown[]) => Promise<unknown>
  >;
  let refused = 0;
  const isHeld = (file: string): boolean => {
    const stats = sync.lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined || !file.includes(only) || file.includes(except)) return false;
    if (stats.isDirectory()) {
      return sync.readdirSync(file).some((name) => isHeld(`${file}/${name}`));
    }
    return stats.isFile() && Date.now() - Math.min(stats.mtimeMs, Date.now()) < heldMs;
  };
  const refuse = (code: string, call: string, file: string): Promise<never> => {
    refused++;
    const error = new Error(`${code}: played, ${call} '${file}'`);
    return Promise.reject(Object.assign(error, { code, syscall: call, path: file }));
  };
  const originals = new Map<string, (...parameters: unknown[]) => Promise<unknown>>();
  const replace = (call: string, code: string, isRefused: (names: string[]) => boolean): void => {
    const original = calls[call];
    if (original === undefined) return;
    originals.set(call, original);
    calls[call] = (...parameters) => {
      const names = parameters.filter((one) => typeof one === 'string');
      return isRefused(names)
        ? refuse(code, call, names[0] ?? '')
        : original.apply(calls, parameters);
    };
  };
  replace('rename', 'EPERM', ([from = '', to = '']) => isHeld(from) || isHeld(to));
  replace('unlink', 'EBUSY', ([file = '']) => isHeld(file));
  replace('rm', 'EPERM', ([file = '']) => isHeld(file));
  // A program that never closes a file lets others read it.
  if (heldMs !== Infinity) replace('open', 'EBUSY', ([file = '']) => isHeld(file));
  if (linkError !== undefined) replace('symlink', linkError, () => true);
  if (linkError === 'EISDIR') replace('link', linkError, () => true);
  return {
    refused: () => refused,
    end: () => {
      for (const [call, original] of originals) calls[call] = original;
    },
  };
}

/** In this process, until it is ended. */
export function playWindows(refusals: PlayedRefusals): ReturnType<typeof install> {
  return install(createRequire(__filename), refusals);
}

/** The same as a program's first lines, for a worker. */
export function playedWindowsCode({ heldMs, ...others }: PlayedRefusals): string {
  const given = `{ heldMs: ${String(heldMs)}, ...${JSON.stringify(others)} }`;
  // The compiler of the tests names functions by a helper of its own.
  return `var __name = (one) => one;\n(${install.toString()})(require, ${given});\n`;
}
