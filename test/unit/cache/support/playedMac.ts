import type * as nodeFs from 'node:fs';
import { createRequire } from 'node:module';

type Call = (...parameters: unknown[]) => unknown;

/** Whether a parameter is a path of the played disk. */
function isPath(value: unknown, root: string): value is string {
  return typeof value === 'string' && value.startsWith(root);
}

/**
 * Plays a Mac's disk below a folder: a name is the same in both of Unicode's forms, and listings have the decomposed
 * one (as HFS+ keeps names); the process takes itself for one on a Mac. Returns how to end it.
 */
export function playMac(root: string): { readonly end: () => void } {
  const require = createRequire(__filename);
  const sync = require('node:fs') as typeof nodeFs;
  const owners = [
    sync as unknown as Record<string, unknown>,
    require('node:fs/promises') as Record<string, unknown>,
  ];
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
  Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
  const undo: (() => void)[] = [() => Object.defineProperty(process, 'platform', platform)];
  for (const owner of owners) {
    for (const [name, original] of Object.entries(owner)) {
      if (typeof original !== 'function' || !/^[a-z]/.test(name)) continue;
      const call = original as Call;
      const replaced: Call = (...parameters) => {
        const normal = parameters.map((each) =>
          isPath(each, root) ? each.normalize('NFC') : each,
        );
        const result = call.apply(owner, normal);
        if (!name.startsWith('readdir')) return result;
        return result instanceof Promise ? result.then(decomposed) : decomposed(result);
      };
      undo.push(() => (owner[name] = original));
      owner[name] = replaced;
    }
  }
  return {
    end: () => {
      for (const restore of undo) restore();
    },
  };
}

function decomposed(listing: unknown): unknown {
  if (!Array.isArray(listing)) return listing;
  for (const [index, item] of (listing as unknown[]).entries()) {
    if (typeof item === 'string') listing[index] = item.normalize('NFD');
    else if (typeof item === 'object' && item !== null && 'name' in item) {
      item.name = String(item.name).normalize('NFD');
    }
  }
  return listing;
}
