import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame, Page } from 'playwright-core';

/**
 * What axe finds in a page or frame, as readable lines; by all its rules when none is named. The debugger runs it, so
 * the page's policy stays as it is.
 */
export async function axeViolations(
  page: Page | Frame,
  rules: readonly string[] = [],
): Promise<string[]> {
  const options = rules.length === 0 ? {} : { runOnly: rules };
  const source = path.resolve('node_modules', 'axe-core', 'axe.min.js');
  await page.evaluate(await readFile(source, 'utf8'));
  const found: unknown = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, impact, nodes }) =>
      id + ' (' + impact + '): ' + nodes.map(({ target, any }) =>
        target.join(' ') + ' ' + (any[0]?.message ?? '')).join('; ')))`,
  );
  return Array.isArray(found) ? found.map(String) : ['axe did not run'];
}
