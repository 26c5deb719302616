import type { Page } from 'playwright-core';

/** A side by side editor at its narrowest, and a usual one at 200 % zoom. */
export const narrowPanels = [
  [320, 700],
  [640, 380],
] as const;

/** The parts of the page that need scrolling sideways. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('dialog, main, .content')]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.tagName} ${element.scrollWidth}`),
  );
}

/**
 * The page without its colours: its elements, and which of them a person sees. Equal in two themes that differ in colours
 * alone. Figures are left out: a countdown runs on between two themes.
 */
export function structure(page: Page): Promise<string> {
  return page.evaluate(() => {
    const elements = [...document.querySelectorAll('body *:not(script)')];
    const seen = elements.map((element) => (element.checkVisibility() ? '1' : '0')).join('');
    return `${document.body.innerHTML.replaceAll(/\d+/g, '0')}\n${seen}`;
  });
}

/** Motions that run or would run: running animations, and styles with a duration, in shadow roots too. */
export function motions(page: Page): Promise<string[]> {
  // As text: tsx would put its own helpers into a function.
  return page.evaluate(`(() => {
    const found = document.getAnimations().map((each) => 'runs: ' + String(each.animationName ?? each.transitionProperty));
    const look = (root) => {
      for (const element of root.querySelectorAll('*')) {
        for (const pseudo of [undefined, '::before', '::after']) {
          const style = getComputedStyle(element, pseudo);
          const lasting = (list) => list.split(', ').some((each) => parseFloat(each) > 0);
          const animated = style.animationName !== 'none' && lasting(style.animationDuration);
          if (animated || lasting(style.transitionDuration)) {
            found.push(element.tagName + '.' + element.getAttribute('class') + (pseudo ?? ''));
          }
        }
        if (element.shadowRoot !== null) look(element.shadowRoot);
      }
    };
    look(document);
    return [...new Set(found)];
  })()`);
}

/**
 * Where the parts of a page stand, named by selector and index: the edge that a person's eye rests on (the left one,
 * the right one for what is aligned there), the top and the height; of whole boxes the width as well.
 */
export function boxesOf(
  page: Page,
  selectors: { readonly boxes: string; readonly starts: string; readonly ends: string },
): Promise<Record<string, readonly number[]>> {
  return page.evaluate(async (wanted) => {
    // A row that came near to what shows has its own height from the next frame on, and an estimate until then.
    await new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(resolve));
    });
    const places: Record<string, readonly number[]> = {};
    for (const [kind, selector] of Object.entries(wanted)) {
      for (const [at, element] of [...document.querySelectorAll(selector)].entries()) {
        const { x, y, right, height, width } = element.getBoundingClientRect();
        const edges = kind === 'boxes' ? [x, width] : [kind === 'ends' ? right : x];
        places[`${element.tagName}.${element.className} ${at}`] = [...edges, y, height].map(
          Math.round,
        );
      }
    }
    return places;
  }, selectors);
}
