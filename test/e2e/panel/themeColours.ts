import type { Frame, Page } from 'playwright-core';

/** The colours of the first dropdown, and those that the theme has for it. */
export interface DropdownColours {
  readonly shown: readonly string[];
  readonly ofTheme: readonly string[];
}

/** Inspects a component of the toolkit: it has colours of its own until the theme's are set. */
export async function dropdownColours(page: Page | Frame): Promise<DropdownColours> {
  return await page.evaluate(() => {
    const dropdown = document.querySelector('vscode-dropdown');
    const probe = document.body.appendChild(document.createElement('div'));
    probe.style.background = 'var(--vscode-dropdown-background)';
    probe.style.color = 'var(--vscode-dropdown-foreground)';
    const colours = [dropdown, probe].map((element) => {
      if (element === null) return [];
      const inside = element.shadowRoot?.querySelector('.control') ?? element;
      return [getComputedStyle(element).backgroundColor, getComputedStyle(inside).color];
    });
    probe.remove();
    return { shown: colours[0] ?? [], ofTheme: colours[1] ?? [] };
  });
}
