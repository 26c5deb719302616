import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../common/disposable';
import type { Logger } from '../../common/logger';
import { type PanelHost, PanelRouter } from './panelRouter';

/** The panel's type: for the serializer and `onWebviewPanel:`. */
const panelType = 'asr.modelManager';

/** Enough for the request for the frame to reach the editor; far less than the editor needs to make it. */
const msUntilPrepared = 20;

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly router: PanelRouter;
}

/**
 * Opens the panel, at most one per window, and brings it back after a window reload. Hidden, it keeps no page: the
 * state is the host's, and the next page gets it with its first snapshot.
 */
export class ModelManagerPanel implements Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #host: PanelHost;
  readonly #logger: Logger;
  readonly #disposables = new DisposableStore();
  #open: OpenPanel | undefined;
  #style: string | undefined;

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

  /** Whether the panel is in front: what it shows needs no notification as well. */
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
    // A second one can only come from restoring: the newer replaces the older one.
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
      if (panel.visible) router.prepare();
      else router.pageGone();
    });
    panel.onDidDispose(() => {
      router.dispose();
      if (this.#open === open) this.#open = undefined;
    });
    this.#fill(open).catch((error: unknown) =>
      this.#logger.error(`panel: its page could not be made: ${String(error)}`),
    );
    // While the frame is made, the state is read: the page is ready some hundred milliseconds from now. Not at once,
    // because the first read loads the core, and until that is done no message leaves for the editor.
    const timer = setTimeout(() => router.prepare(), msUntilPrepared);
    panel.onDidDispose(() => clearTimeout(timer));
    return open;
  }

  async #fill(open: OpenPanel): Promise<void> {
    const { panelDocument } = await import('./panelDocument');
    // A panel that was closed meanwhile can't have a page any more.
    if (this.#open !== open) return;
    const { webview } = open.panel;
    webview.html = panelDocument(
      {
        scriptUri: webview.asWebviewUri(this.#file('panel.js')).toString(),
        style: this.#readStyle(),
        nonce: randomBytes(16).toString('base64'),
        language: vscode.env.language,
      },
      vscode.l10n,
    );
  }

  #file(name: string): vscode.Uri {
    return vscode.Uri.joinPath(this.#extensionUri, 'dist', 'webview', name);
  }

  /** A few kilobytes next to this script: a synchronous read costs less than a turn of the event loop. */
  #readStyle(): string {
    this.#style ??= readFileSync(this.#file('panel.css').fsPath, 'utf8');
    return this.#style;
  }
}
