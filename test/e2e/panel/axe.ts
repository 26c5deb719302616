import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame, Page } from 'playwright-core';

const source = readFileSync(path.resolve('node_modules', 'axe-core', 'axe.min.js'), 'utf8');

/** The rules of axe that look at colours. All others look at names, roles and structure, which no theme changes. */
export const colourRules = ['color-contrast', 'link-in-text-block'] as const;

/** The rules of axe that a narrower page can break although its elements are the same. */
export const layoutRules = [...colourRules, 'scrollable-region-focusable'] as const;

/**
 * The violations that axe finds in a page or frame, as readable lines; `within` is a selector of the part to look at,
 * `rules` are the rules (default: all). The debugger runs it, so the page's policy stays as it is.
 */
export async function axeViolations(
  page: Page | Frame,
  within?: string,
  rules?: readonly string[],
): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') {
    await page.evaluate(source);
  }
  const runOnly = rules === undefined ? {} : { runOnly: [...rules] };
  const options = { resultTypes: ['violations'], ...runOnly };
  const found: unknown = await page.evaluate(
    // Axe describes only what is wrong, of all that its rules look at.
    `axe.run(${within === undefined ? 'document' : JSON.stringify(within)}, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, impact, nodes }) =>
      id + ' (' + impact + '): ' + nodes.map(({ target, any }) =>
        target.join(' ') + ' ' + (any[0]?.message ?? '')).join('; ')))`,
  );
  return Array.isArray(found) ? found.map(String) : ['axe did not run'];
}
