import type { PanelStrings } from '../../protocol/panelStrings';

/**
 * The toolkit tries out `:focus-visible` with an empty <style> element when it loads. This is the sha256 of nothing
 * at all: it admits that element and no style that has a single byte.
 */
const emptyStyleHash = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

export interface PanelHtmlOptions {
  /** The webview's `cspSource`. */
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** Fresh random bytes for each page. */
  readonly nonce: string;
  /** The editor's language tag. */
  readonly language: string;
  readonly strings: PanelStrings;
}

/** The page's content security policy: nothing but our script (by nonce) and our style sheet, and no network at all. */
export function contentSecurityPolicy(cspSource: string, nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} ${emptyStyleHash}`,
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** The page before its script runs: it paints its name and "loading" at once. */
export function panelHtml(options: PanelHtmlOptions): string {
  const { strings } = options;
  const policy = contentSecurityPolicy(options.cspSource, options.nonce);
  return `<!DOCTYPE html>
<html lang="${escapeHtml(options.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeHtml(options.styleUri)}">
<title>${escapeHtml(strings.title)}</title>
</head>
<body>
<div id="root"><main class="page"><h1 class="visually-hidden">${escapeHtml(strings.title)}</h1><div class="empty"><p class="empty-title">${escapeHtml(strings.loading)}</p></div></main></div>
<script type="application/json" id="strings">${scriptJson(strings)}</script>
<script nonce="${options.nonce}" src="${escapeHtml(options.scriptUri)}"></script>
</body>
</html>`;
}

/** JSON that can't end the script element it stands in, whatever a translation contains. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
