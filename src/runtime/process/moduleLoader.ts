import { createRequire } from 'node:module';

/** Loads a package that lies beside the bundle instead of in it: native addons and WebAssembly. */
export interface ModuleLoader {
  /** The module, or why it can't be loaded here (absent, other platform, too old a C library). */
  load(name: string): { readonly module?: unknown; readonly error?: unknown };
}

/** Looks for packages in `node_modules` beside `besidePath` and above. */
export function createModuleLoader(besidePath: string): ModuleLoader {
  const requireBeside = createRequire(besidePath);
  return {
    load(name) {
      try {
        const module: unknown = requireBeside(name);
        return { module };
      } catch (error) {
        return { error };
      }
    },
  };
}
