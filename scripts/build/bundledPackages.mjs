// @ts-check

/**
 * The npm packages of which code is in the bundles, sorted. What is imported but left out of the output, such as types or
 * what tree shaking removes, is not among them.
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @returns {string[]}
 */
export function bundledPackages(metafiles) {
  const names = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
        const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
        if (name !== undefined && bytesInOutput > 0) names.add(name);
      }
    }
  }
  return [...names].sort();
}
