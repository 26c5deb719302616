import { existsSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { InstalledServer } from './serverInstall';

/** Themes and icons: what the tests see of the editor's own extensions. */
const kept = ['theme-defaults', 'theme-seti', 'theme-modern-icons'] as const;

/**
 * A folder with the few built-in extensions that tests need, made once beside the server. The others (language servers,
 * Git, chat) take more of the processor at each start of a window than everything else that is in it.
 */
export async function fewBuiltinExtensions(server: InstalledServer): Promise<string> {
  const all = path.resolve(path.dirname(server.mainPath), '..', 'extensions');
  const few = path.resolve(path.dirname(server.mainPath), '..', 'extensions-for-tests');
  if (existsSync(few)) return few;
  const temporary = await mkdtemp(`${few}-`);
  try {
    for (const name of kept)
      await cp(path.join(all, name), path.join(temporary, name), { recursive: true });
    // Another run may have been quicker; a folder that is not empty is never replaced.
    await rename(temporary, few).catch(() => undefined);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return few;
}
