import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { type BrowserContext, type Page } from 'playwright-core';
import { silentLogger } from '../../../src/common/logger';
import type { HostMessage } from '../../../src/protocol/panelMessages';
import { panelHtml } from '../../../src/vscode/panel/panelDocument';
import { type PanelHost, PanelRouter } from '../../../src/vscode/panel/panelRouter';
import { panelStrings } from '../../../src/protocol/panelStrings';
import type { PanelStrings } from '../../../src/protocol/panelStrings';
import german from '../../../l10n/bundle.l10n.de.json';
import chinese from '../../../l10n/bundle.l10n.zh-cn.json';
import themes from './themes.json';

/** The languages that the extension speaks. */
export const languages = ['en', 'de', 'zh-cn'] as const;
export type Language = (typeof languages)[number];

/** The texts of each translation, by their English templates. */
export const bundles: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {},
  de: german,
  'zh-cn': chinese,
};

/** The page's texts as the editor would hand them over. */
export function stringsIn(language: Language): PanelStrings {
  return panelStrings({ t: (message) => bundles[language][message] ?? message });
}

export type ThemeName = keyof typeof themes;
export const themeNames: readonly ThemeName[] = ['dark', 'light', 'hcDark', 'hcLight'];

const bodyOf: Readonly<Record<ThemeName, { readonly class: string; readonly kind: string }>> = {
  dark: { class: 'vscode-dark', kind: 'vscode-dark' },
  light: { class: 'vscode-light', kind: 'vscode-light' },
  hcDark: { class: 'vscode-high-contrast', kind: 'vscode-high-contrast' },
  hcLight: {
    class: 'vscode-high-contrast-light vscode-high-contrast',
    kind: 'vscode-high-contrast-light',
  },
};

/** The panel's page as the bundle makes it, served with the panel's own HTML and policy. */
export class PagePlace {
  private constructor(
    private readonly server: Server,
    readonly address: string,
    /** The size of the page's script, compressed. */
    readonly scriptGzipBytes: number,
  ) {}

  static async start(): Promise<PagePlace> {
    const { outputFiles } = await build({
      bundle: true,
      platform: 'browser',
      format: 'iife',
      target: 'chrome132',
      minify: true,
      write: false,
      outdir: 'out',
      entryPoints: [
        { in: 'webview-ui/main.tsx', out: 'panel' },
        { in: 'webview-ui/styles/panel.css', out: 'panel' },
      ],
    });
    const files = new Map(
      outputFiles.map((file) => [`/${path.basename(file.path)}`, Buffer.from(file.contents)]),
    );
    const server = createServer((request, response) => {
      const { pathname, origin, searchParams } = new URL(
        request.url ?? '/',
        `http://${request.headers.host ?? ''}`,
      );
      const file = files.get(pathname);
      if (pathname === '/') {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        const style = files.get('/panel.css')?.toString() ?? '';
        const wanted = searchParams.get('language');
        const language = languages.find((known) => known === wanted) ?? 'en';
        response.end(pageHtml(origin, style, searchParams.get('theme') ?? 'dark', language));
      } else if (pathname === '/beside') {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(besideHtml);
      } else if (file !== undefined) {
        response.setHeader(
          'content-type',
          pathname.endsWith('.js') ? 'text/javascript' : 'text/css',
        );
        response.end(file);
      } else {
        response.statusCode = 204;
        response.end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // The pages of the process's other files of tests come from here, too; it ends with the process.
    server.unref();
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const script = files.get('/panel.js') ?? Buffer.alloc(0);
    return new PagePlace(server, `http://127.0.0.1:${port}`, gzipSync(script).byteLength);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The panel in a frame, beside another place to write in, which has the keyboard. */
const besideHtml = `<!doctype html><meta charset="utf-8"><title>Beside</title>
  <input aria-label="Elsewhere"><iframe style="width: 1000px; height: 700px"></iframe>
  <script>
    document.querySelector('input').focus();
    document.querySelector('iframe').src = '/' + location.search;
  </script>`;

function pageHtml(origin: string, style: string, theme: string, language: Language): string {
  const body = bodyOf[themeOf(theme)];
  const nonce = 'bm9uY2U=';
  return panelHtml({
    scriptUri: `${origin}/panel.js`,
    style,
    nonce,
    language,
    strings: stringsIn(language),
  })
    .replace('</title>', `</title><style id="theme" nonce="${nonce}">${themeCss(theme)}</style>`)
    .replace('<body>', `<body class="${body.class}" data-vscode-theme-kind="${body.kind}">`);
}

function themeOf(name: string): ThemeName {
  return themeNames.find((known) => known === name) ?? 'dark';
}

function themeCss(name: string): string {
  const variables = Object.entries(themes[themeOf(name)]).map(
    ([key, value]) => `${key}: ${value};`,
  );
  return `:root { ${variables.join(' ')} }`;
}

/** Changes the theme of an open page, as the editor does: other colours, and other classes on the body. */
export async function switchTheme(page: Page, name: ThemeName): Promise<void> {
  const change = { ...bodyOf[name], css: themeCss(name) };
  await page.evaluate(async ({ class: classes, kind, css }) => {
    const style = document.getElementById('theme');
    if (style !== null) style.textContent = css;
    document.body.className = classes;
    document.body.dataset['vscodeThemeKind'] = kind;
    // The toolkit takes the colours on when it sees the classes change; two frames later all is painted.
    await new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(resolve));
    });
  }, change);
}

/** The panel in a browser, talking to a host in this process through the real router. */
export interface OpenPage {
  readonly page: Page;
  readonly router: PanelRouter;
  /** Violations of the policy and uncaught errors; must stay empty. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface PageOptions {
  readonly theme?: ThemeName;
  readonly language?: Language;
  /** The state that an earlier page kept. */
  readonly kept?: unknown;
  /** How late each frame is, as on a machine that has other things to do. */
  readonly frameDelayMs?: number;
  /** The panel is in a frame, as in the editor, and a box beside it ("Elsewhere") has the keyboard. */
  readonly beside?: boolean;
}

/** The size of a page that opens. */
export const usualSize = { width: 1100, height: 760 } as const;

/**
 * Opens the page as the editor would, with what an earlier page kept. Each has a page of the browser to itself, though
 * that costs a window: one that goes from opening to opening is without frames for minutes, now and then.
 */
export async function openPage(
  context: BrowserContext,
  place: PagePlace,
  host: PanelHost,
  options: PageOptions = {},
): Promise<OpenPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  // Messages arrive in their order, one after another, as the editor delivers them.
  let last: Promise<unknown> = Promise.resolve();
  const post = (message: HostMessage): void => {
    const json = JSON.stringify(message);
    last = last.then(() => deliver(page, json)).catch(() => undefined);
  };
  const router = new PanelRouter(host, post, silentLogger);
  await page.exposeFunction('asrPost', (message: unknown) => router.receive(message));
  await page.addInitScript(fakeWebviewApi(options.kept ?? null));
  if (options.frameDelayMs !== undefined)
    await page.addInitScript(lateFrames(options.frameDelayMs));
  const { theme = 'dark', language = 'en' } = options;
  const at = options.beside === true ? '/beside' : '/';
  await page.goto(`${place.address}${at}?theme=${theme}&language=${language}`);
  return {
    page,
    router,
    complaints,
    async close() {
      router.dispose();
      await page.close();
    },
  };
}

/** Hands the panel a message, as text: playwright takes far longer over the hundreds of models in an object. */
function deliver(page: Page, json: string): Promise<void> {
  return page.evaluate(
    (text) => (window.frames[0] ?? window).postMessage(JSON.parse(text), '*'),
    json,
  );
}

/** The API that the editor gives a webview, as text: tsx would put its own helpers into a function. */
function fakeWebviewApi(kept: unknown): string {
  return `
    if (sessionStorage.getItem('kept') === null) {
      sessionStorage.setItem('kept', ${JSON.stringify(JSON.stringify(kept))});
    }
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => void window.asrPost(message),
      getState: () => JSON.parse(sessionStorage.getItem('kept')),
      setState: (state) => sessionStorage.setItem('kept', JSON.stringify(state)),
    });
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error('CSP ' + event.violatedDirective + ' ' + event.sourceFile + ' ' + event.sample);
    });`;
}

/** Frames that come late, as text as well. What the toolkit reflects, and what waits for a frame, comes late with them. */
function lateFrames(delayMs: number): string {
  return `{
    const inTime = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (draw) => setTimeout(() => inTime(draw), ${delayMs});
    window.cancelAnimationFrame = (id) => clearTimeout(id);
  }`;
}
