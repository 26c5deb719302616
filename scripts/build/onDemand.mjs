// @ts-check

/**
 * An esbuild plugin: a dynamic import whose path matches stays outside as `file`, a bundle of its own beside the
 * importing one, so that its code costs neither time nor memory until it is needed.
 * @param {RegExp} pattern
 * @param {string} file
 * @returns {import('esbuild').Plugin}
 */
export function onDemand(pattern, file) {
  return {
    name: `on-demand ${file}`,
    setup(build) {
      build.onResolve({ filter: pattern }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: file, external: true } : undefined,
      );
    },
  };
}

/** Undici lies beside the transfer worker's bundle: both of its threads are loaded from that one. */
export const undiciOnDemand = onDemand(/^\.\/undiciTransport$/, './undiciTransport.js');
