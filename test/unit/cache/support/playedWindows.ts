import type * as nodeFs from 'node:fs';
import { createRequire } from 'node:module';

/** How Windows refuses things, played on other systems. Plain values and no references: it is also sent to a worker. */
export interface PlayedRefusals {
  /** Another program looks at every file for so long after it was written; Infinity: it never closes one. */
  readonly heldMs: number;
  /** The error of making a link; absent: links can be made. */
  readonly linkError?: 'EPERM' | 'EISDIR';
  /** The other program holds a file that it reads exclusively, as a backup does. */
  readonly isExclusive?: boolean;
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
  { heldMs, linkError, isExclusive = false, only = '', except = '\0' }: PlayedRefusals,
): { readonly end: () => void; readonly refused: () => number } {
  const sync = require('node:fs') as typeof nodeFs;
  type Call = (...parameters: unknown[]) => unknown;
  const calls = require('node:fs/promises') as Record<string, Call>;
  const syncCalls = sync as unknown as Record<string, Call>;
  let refused = 0;
  const isHeld = (file: string, look: 'lstatSync' | 'statSync' = 'lstatSync'): boolean => {
    const stats = sync[look](file, { throwIfNoEntry: false });
    if (stats === undefined || !file.includes(only) || file.includes(except)) return false;
    if (stats.isDirectory()) {
      return sync.readdirSync(file).some((name) => isHeld(`${file}/${name}`));
    }
    return stats.isFile() && Date.now() - Math.min(stats.mtimeMs, Date.now()) < heldMs;
  };
  const refusal = (code: string, call: string, file: string): Error => {
    refused++;
    const error = new Error(`${code}: played, ${call} '${file}'`);
    return Object.assign(error, { code, syscall: call, path: file });
  };
  const undo: (() => void)[] = [];
  const replace = (
    call: string,
    code: string,
    isRefused: (names: string[]) => boolean,
    owner: Record<string, Call> = calls,
  ): void => {
    const original = owner[call];
    if (original === undefined) return;
    undo.push(() => (owner[call] = original));
    owner[call] = (...parameters) => {
      const names = parameters.filter((one) => typeof one === 'string');
      if (!isRefused(names)) return original.apply(owner, parameters);
      const error = refusal(code, call, names[0] ?? '');
      if (owner === calls) return Promise.reject(error);
      const callback = parameters.at(-1);
      if (typeof callback !== 'function') throw error;
      return setImmediate(callback as (error: Error) => void, error);
    };
  };
  const isFirstHeld = ([file = '']: string[]): boolean => isHeld(file);
  const isOpenHeld = ([file = '']: string[]): boolean => isHeld(file, 'statSync');
  replace('rename', 'EPERM', ([from = '', to = '']) => isHeld(from) || isHeld(to));
  replace('unlink', 'EBUSY', isFirstHeld);
  replace('rm', 'EPERM', isFirstHeld);
  // A program that never closes a file lets others read it.
  if (heldMs !== Infinity || isExclusive) replace('open', 'EBUSY', isOpenHeld);
  if (isExclusive) {
    for (const call of ['readFile', 'writeFile', 'appendFile', 'copyFile', 'truncate']) {
      replace(call, 'EBUSY', isOpenHeld);
    }
    for (const call of ['open', 'openSync', 'readFile', 'readFileSync']) {
      replace(call, 'EBUSY', isOpenHeld, syncCalls);
    }
  }
  if (linkError !== undefined) replace('symlink', linkError, () => true);
  if (linkError === 'EISDIR') replace('link', linkError, () => true);
  return {
    refused: () => refused,
    end: () => {
      for (const restore of undo) restore();
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
