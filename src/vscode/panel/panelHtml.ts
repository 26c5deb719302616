import type { PanelStrings } from '../../protocol/panelStrings';
import { panelSkeleton } from './panelSkeleton';
import { escapeHtml } from './escapeHtml';

/**
 * The toolkit tries out `:focus-visible` with an empty <style> element when it loads. This is the sha256 of nothing
 * at all: it admits that element and no style that has a single byte.
 */
const emptyStyleHash = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

export interface PanelHtmlOptions {
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
 * only then: what stands in the HTML is seen at once. What the host says meanwhile is kept for it.
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

/** The page before its script runs: it paints the panel's frame, with places held where the models will be. */
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
