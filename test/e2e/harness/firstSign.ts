import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { findInPalette } from './palette';

/** The first sign of a command that a person sees: when and where. */
export interface FirstSign {
  /** Milliseconds from the key or the mouse button to the frame that shows the sign. */
  readonly ms: number;
  readonly where: SignPlace;
}

/**
 * `picker`: a list, an input box or a file dialog; `editor`: a tab; `panel`: the one below the editors; `loaded model`:
 * its name on the status bar, which also gives a sign by going.
 */
export type SignPlace =
  'picker' | 'toast' | 'dialog' | 'status bar' | 'editor' | 'panel' | 'loaded model';

const allPlaces: readonly SignPlace[] = [
  ...(['picker', 'toast', 'dialog', 'status bar', 'editor', 'panel', 'loaded model'] as const),
];

const msForSign = 60_000;

/**
 * Times what `trigger` starts with one Enter or one mouse button, by the page's own clock: from that event to the first
 * frame with something new in one of the places. `trigger` may do other things before it, such as typing.
 */
export async function firstSign(
  page: Page,
  trigger: () => Promise<void>,
  places = allPlaces,
): Promise<FirstSign> {
  await page.evaluate(watchForSign, { msToWait: msForSign, places });
  await trigger();
  const found: unknown = await page.evaluate(() => {
    const sign: unknown = Reflect.get(window, 'asrFirstSign');
    return sign;
  });
  assert.ok(typeof found === 'object' && found !== null && 'ms' in found && 'where' in found);
  const where = places.find((place) => place === found.where);
  assert.ok(typeof found.ms === 'number' && where !== undefined);
  return { ms: found.ms, where };
}

/** Runs a command with Enter in the command palette and times its first sign. */
export async function firstSignOf(
  page: Page,
  title: string,
  places = allPlaces,
): Promise<FirstSign> {
  await findInPalette(page, title);
  const focused = page.locator('.quick-input-list .monaco-list-row.focused');
  await focused.filter({ hasText: title }).waitFor();
  const press = (): Promise<void> => page.keyboard.press('Enter');
  try {
    return await firstSign(page, press, places);
  } catch (error) {
    throw new Error(`The first sign of "${title}" was not found.`, { cause: error });
  }
}

/**
 * Runs in the page. Leaves a promise of the sign as `window.asrFirstSign`. Functions are methods here: to others the
 * compiler adds a helper that the page does not have.
 */
function watchForSign({
  msToWait,
  places,
}: {
  readonly msToWait: number;
  readonly places: readonly SignPlace[];
}): void {
  const selectors: Readonly<Record<Exclude<SignPlace, 'picker'>, string>> = {
    toast: '.notifications-toasts .notification-list-item',
    dialog: '.monaco-dialog-box',
    'status bar': '#status\\.extensionMessage',
    editor: '.editor-group-container .tab',
    panel: '.part.panel .composite.title .action-item.checked',
    'loaded model': '#asr-tools\\.asr-model-manager\\.asr\\.loadedModel',
  };
  const screen = {
    /** The palette and what a command opens in its place are one widget: only the latter has a title. */
    pickerTitle(): string {
      const widget = document.querySelector('.quick-input-widget');
      if (widget === null || widget.getClientRects().length === 0) return '';
      return widget.querySelector('.quick-input-title')?.textContent ?? '';
    },
    textAt(place: SignPlace): string {
      if (place === 'picker') return screen.pickerTitle();
      return [...document.querySelectorAll(selectors[place])]
        .filter((element) => element.getClientRects().length > 0)
        .map(({ textContent }) => textContent)
        .join('\n');
    },
    /** Where there is something that was not there before. */
    news(before: ReadonlyMap<SignPlace, string>): SignPlace | undefined {
      return places.find((place) => {
        const text = screen.textAt(place);
        return text !== before.get(place) && (text !== '' || place === 'loaded model');
      });
    },
  };
  const sign = new Promise<{ ms: number; where: SignPlace }>((resolve, reject) => {
    const listener = {
      handleEvent(event: Event): void {
        if (event instanceof KeyboardEvent && event.key !== 'Enter') return;
        for (const type of ['keydown', 'mouseup']) window.removeEventListener(type, listener, true);
        const before = new Map(places.map((place) => [place, screen.textAt(place)]));
        const observer = new MutationObserver(() => {
          const where = screen.news(before);
          if (where === undefined) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve({ ms: performance.now() - event.timeStamp, where }));
        });
        observer.observe(document.body, {
          ...{ subtree: true, childList: true, characterData: true, attributes: true },
        });
        setTimeout(() => {
          observer.disconnect();
          reject(new Error('The command gave no sign.'));
        }, msToWait);
      },
    };
    for (const type of ['keydown', 'mouseup']) window.addEventListener(type, listener, true);
  });
  // The caller that awaits it gets the rejection; it may not be awaited yet.
  sign.catch(() => undefined);
  Reflect.set(window, 'asrFirstSign', sign);
}
