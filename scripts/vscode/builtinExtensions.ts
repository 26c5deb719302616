import { existsSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { InstalledServer } from './serverInstall';

/** Themes and icons: what every test sees of the editor's own extensions. The oldest VS Code lacks some of them. */
const looks = ['theme-defaults', 'theme-seti', 'theme-modern-icons'];
/** The extensions that mark a wrong property in a JSON file. */
const jsonSchemas = ['json', 'json-language-features'];

/**
 * A folder with the few built-in extensions that tests need, made once for each set of them. The others (language
 * servers, Git, chat) take more of the processor at each start of a window than everything else that is in it.
 */
export async function fewBuiltinExtensions(
  server: InstalledServer,
  { withJson = false } = {},
): Promise<string> {
  const root = path.resolve(path.dirname(server.mainPath), '..');
  const few = path.join(root, withJson ? 'extensions-with-json' : 'extensions-for-tests');
  if (existsSync(few)) return few;
  const temporary = await mkdtemp(`${few}-`);
  try {
    for (const name of withJson ? [...looks, ...jsonSchemas] : looks) {
      const source = path.join(root, 'extensions', name);
      if (existsSync(source)) await cp(source, path.join(temporary, name), { recursive: true });
    }
    // Another run may have been quicker; a folder that is not empty is never replaced.
    await rename(temporary, few).catch(() => undefined);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return few;
}
