/**
 * The page's whole HTML in the person's language. Only an open panel needs it and all its texts, so this file is a
 * bundle of its own, which is loaded with the first panel.
 */
import { panelStrings, type PanelStrings } from '../../protocol/panelStrings';
import type { Localiser } from '../../protocol/phase';

export function panelDocument(options: Omit<PanelHtmlOptions, 'strings'>, l10n: Localiser): string {
  return panelHtml({ ...options, strings: panelStrings(l10n) });
}

/**
 * The toolkit tries out `:focus-visible` with an empty <style> element when it loads. This is the sha256 of no
 * bytes at all: it allows that element, and no style that has a single byte.
 */
const emptyStyleHash = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

interface PanelHtmlOptions {
  readonly scriptUri: string;
  /** The page's whole style sheet. It stands in the page, so that the first paint waits for no request. */
  readonly style: string;
  /** Fresh random bytes for each page. */
  readonly nonce: string;
  /** The editor's language tag. */
  readonly language: string;
  readonly strings: PanelStrings;
}

/** The page's content security policy: nothing but our scripts and our style, by nonce, and no network at all. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}' ${emptyStyleHash}`,
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/**
 * The editor hides the frame until its load event. So the page's script, which takes a while to arrive, is asked for
 * only then: what stands in the HTML is visible at once. The host's messages are kept for it meanwhile.
 */
const loader = `const { nonce, dataset } = document.currentScript;
const early = [];
const keep = ({ data }) => early.push(data);
addEventListener('message', keep);
window.takeEarlyMessages = () => {
  removeEventListener('message', keep);
  return early;
};
addEventListener('load', () => {
  document.body.append(Object.assign(document.createElement('script'), { nonce, src: dataset.page }));
}, { once: true });`;

/** The page before its script runs: the panel's frame, with placeholders for the models. */
export function panelHtml(options: PanelHtmlOptions): string {
  const { strings, nonce } = options;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(options.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy(nonce))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="${nonce}">${rawText(options.style)}</style>
<title>${escapeHtml(strings.title)}</title>
</head>
<body>
<div id="root">${panelSkeleton(strings)}</div>
<script type="application/json" id="strings">${rawText(JSON.stringify(strings))}</script>
<script nonce="${nonce}" data-page="${escapeHtml(options.scriptUri)}">${loader}</script>
</body>
</html>`;
}

/**
 * Text for inside of a script or style element that can't end it, whatever it contains: `\\u003c` means "<" in JSON,
 * and a style sheet of ours has no "<".
 */
function rawText(text: string): string {
  return text.replaceAll('<', '\\u003c');
}

/** How many placeholders: as many as a usual panel shows. What does not fit is cut off. */
const rows = 12;

/**
 * The placeholder until the first snapshot has come: the tabs, and placeholders for the search field and for each row.
 * The page leaves it there until it has something to show, so nothing is drawn twice.
 */
function panelSkeleton(strings: PanelStrings): string {
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

/** Text for inside of an element or of a double-quoted attribute. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
