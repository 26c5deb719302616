import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable';
import type { Logger } from '../../base/logger';
import type { PanelHost } from './panelHost';
import { panelHtml } from './panelHtml';
import { PanelRouter } from './panelRouter';
import { panelStrings } from './panelStrings';

/** The panel's type: for the serializer and `onWebviewPanel:`. */
export const panelType = 'asr.modelManager';

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly router: PanelRouter;
}

/**
 * Opens the panel, at most one per window, and brings it back after a window reload. Hidden, it keeps no page: the
 * truth is the host's, and the next page gets it with its first snapshot.
 */
export class ModelManagerPanel implements Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #host: PanelHost;
  readonly #logger: Logger;
  readonly #disposables = new DisposableStore();
  #open: OpenPanel | undefined;

  constructor(extensionUri: vscode.Uri, host: PanelHost, logger: Logger) {
    this.#extensionUri = extensionUri;
    this.#host = host;
    this.#logger = logger;
    this.#disposables.add(
      vscode.window.registerWebviewPanelSerializer(panelType, {
        deserializeWebviewPanel: (panel) => {
          this.#adopt(panel);
          return Promise.resolve();
        },
      }),
    );
  }

  /** Opens the panel or brings it to the front, and has it show a model when one is named. */
  show(modelId?: string): void {
    const open = this.#open ?? this.#create();
    open.panel.reveal();
    if (modelId !== undefined) open.router.show(modelId);
  }

  /** Whether a person has it before them: what it shows needs no notification beside it. */
  get isActive(): boolean {
    return this.#open?.panel.active === true;
  }

  dispose(): void {
    this.#open?.panel.dispose();
    this.#disposables.dispose();
  }

  #create(): OpenPanel {
    return this.#adopt(
      vscode.window.createWebviewPanel(
        panelType,
        vscode.l10n.t('ASR Models'),
        vscode.ViewColumn.Active,
        { ...this.#options(), enableFindWidget: true },
      ),
    );
  }

  #options(): vscode.WebviewOptions {
    return {
      enableScripts: true,
      enableForms: false,
      localResourceRoots: [vscode.Uri.joinPath(this.#extensionUri, 'dist', 'webview')],
    };
  }

  #adopt(panel: vscode.WebviewPanel): OpenPanel {
    // A second one can only come from restoring: the newer takes the older one's place.
    this.#open?.panel.dispose();
    const { webview } = panel;
    webview.options = this.#options();
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.#extensionUri, 'media', 'panel-light.svg'),
      dark: vscode.Uri.joinPath(this.#extensionUri, 'media', 'panel-dark.svg'),
    };
    const router = new PanelRouter(
      this.#host,
      (message) => void webview.postMessage(message),
      this.#logger,
    );
    const open = { panel, router };
    this.#open = open;
    webview.onDidReceiveMessage((message: unknown) => router.receive(message));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) router.pageGone();
    });
    panel.onDidDispose(() => {
      router.dispose();
      if (this.#open === open) this.#open = undefined;
    });
    webview.html = panelHtml({
      cspSource: webview.cspSource,
      scriptUri: this.#resource(webview, 'panel.js'),
      styleUri: this.#resource(webview, 'panel.css'),
      nonce: randomBytes(16).toString('base64'),
      language: vscode.env.language,
      strings: panelStrings(vscode.l10n),
    });
    return open;
  }

  #resource(webview: vscode.Webview, name: string): string {
    const file = vscode.Uri.joinPath(this.#extensionUri, 'dist', 'webview', name);
    return webview.asWebviewUri(file).toString();
  }
}
