// @ts-check

/**
 * An esbuild plugin for all bundles together: says when a round of builds begins and when the last of them is over, so that
 * the editor's task (.vscode/tasks.json) knows when the bundles are those of the source that is on the disk. esbuild tells
 * the errors itself.
 * @param {number} bundles How many bundles share the plugin.
 * @param {(line: string) => void} print
 * @returns {import('esbuild').Plugin}
 */
export function watchReport(bundles, print) {
  let running = 0;
  // The first round is over when each bundle was built once: they start one after the other.
  let unbuilt = bundles;
  let isBuilding = false;
  return {
    name: 'watch-report',
    setup(build) {
      let isFirst = true;
      build.onStart(() => {
        running += 1;
        if (!isBuilding) print('[watch] building');
        isBuilding = true;
      });
      build.onEnd(() => {
        running -= 1;
        if (isFirst) unbuilt -= 1;
        isFirst = false;
        if (running > 0 || unbuilt > 0) return;
        isBuilding = false;
        print('[watch] built');
      });
    },
  };
}
