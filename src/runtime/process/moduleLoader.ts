import { createRequire } from 'node:module';

/** Loads a package that is installed next to the bundle instead of bundled: native addons and WebAssembly. */
export interface ModuleLoader {
  /** The module, or why it can't be loaded here (absent, other platform, too old a C library). */
  load(name: string): { readonly module?: unknown; readonly error?: unknown };
}

/** Loads packages from the `node_modules` folders next to `path` and above. */
export function createModuleLoader(path: string): ModuleLoader {
  const requireFrom = createRequire(path);
  return {
    load(name) {
      try {
        const module: unknown = requireFrom(name);
        return { module };
      } catch (error) {
        return { error };
      }
    },
  };
}
