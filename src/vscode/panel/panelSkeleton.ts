import type { PanelStrings } from '../../protocol/panelStrings';
import { escapeHtml } from './escapeHtml';

/** How many places are held: as many as a usual panel shows. What does not fit is cut off. */
const rows = 12;

/**
 * What is seen until the first snapshot has come: the tabs, and a place for the search field and for each row. The
 * page leaves it standing until it has something to show, so nothing is drawn twice.
 */
export function panelSkeleton(strings: PanelStrings): string {
  const tab = (text: string): string => `<span class="tab">${escapeHtml(text)}</span>`;
  const row = '<div class="skeleton-row"><i></i><i></i></div>';
  return [
    '<main class="page" aria-busy="true">',
    `<h1 class="visually-hidden">${escapeHtml(strings.title)}</h1>`,
    `<p class="visually-hidden" role="status">${escapeHtml(strings.loading)}</p>`,
    `<div class="tabs" aria-hidden="true">${tab(strings.tabModels)}${tab(strings.tabDownloaded)}</div>`,
    '<div class="skeleton" aria-hidden="true"><div class="skeleton-field"></div>',
    row.repeat(rows),
    '</div></main>',
  ].join('');
}
