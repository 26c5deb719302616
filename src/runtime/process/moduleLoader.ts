import { createRequire } from 'node:module';

/**
 * The result of loading a package: the module, or why it can't be loaded here (absent, other platform, too old a C
 * library).
 */
interface Loaded {
  readonly module?: unknown;
  readonly error?: unknown;
}

/** Loads packages that are installed next to the bundle instead of bundled: native addons and WebAssembly. */
export interface ModuleLoader {
  load(name: string): Loaded;
  /** The same for a package that is an ES module alone. */
  import(name: string): Promise<Loaded>;
}

/** Loads packages from the `node_modules` folders next to `path` and above; ES modules from those of this bundle. */
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
    async import(name) {
      try {
        const module: unknown = await import(name);
        return { module };
      } catch (error) {
        return { error };
      }
    },
  };
}
