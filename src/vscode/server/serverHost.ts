import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { toAsrError } from '../../common/asrError';
import { systemClock } from '../../common/clock';
import {
  removeStale,
  type RunningServer,
  SharedServer,
  type SharedAddress,
  type SharedState,
  startServer,
  type Succession,
} from '../../server';
import { activeModelId, updateSetting } from '../host/settings';
import { localise } from '../ui/localise';
import type { LocalServerInputs } from './localServer';

export { AgentToolHost } from './agentToolHost';

/** The server of this window or another: on the status bar, in terminals, and for the editor's agents. */
export class ServerHost {
  readonly #inputs: LocalServerInputs;
  readonly #onDidChange: () => void;
  readonly #item: vscode.StatusBarItem;
  readonly #files: readonly string[];
  #shared: SharedServer | undefined;
  /** A server that moves to another port keeps its token by this; a server that is turned on again has a new one. */
  #succession: Succession = {};
  /** The port that the running server was asked for. */
  #port = 0;
  /** Settings that change in quick succession take effect one after the other. */
  #work: Promise<void> = Promise.resolve();
  #hasEnded = false;

  constructor(inputs: LocalServerInputs, onDidChange: () => void) {
    this.#inputs = inputs;
    this.#onDidChange = onDidChange;
    this.#files = [inputs.addressFile, path.join(homedir(), '.asr-models', 'server.json')];
    this.#item = vscode.window.createStatusBarItem(
      'asr.server',
      vscode.StatusBarAlignment.Right,
      -1,
    );
    this.#item.name = vscode.l10n.t('ASR Server');
    this.#item.command = 'asr.copyServerAddress';
  }

  /** Starts, stops or moves the server as the settings say. */
  apply(): void {
    this.#work = this.#work
      .then(() => this.#apply())
      .catch((error: unknown) => this.#inputs.errors.show(error));
  }

  async copyAddress(): Promise<void> {
    await this.#work;
    await this.#shared?.poll();
    const address = this.#address();
    if (address === undefined) {
      await this.#offerToStart();
      return;
    }
    await vscode.env.clipboard.writeText(address.url);
    const copyToken = vscode.l10n.t('Copy Token');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t(
        'Copied {0}. Programs send the token as well; in integrated terminals it is in ASR_MODELS_TOKEN.',
        address.url,
      ),
      copyToken,
    );
    if (chosen === copyToken) await vscode.env.clipboard.writeText(address.token);
  }

  async stop(): Promise<void> {
    await updateSetting('server.enabled', false);
    this.apply();
    await this.#work;
    vscode.window.setStatusBarMessage(vscode.l10n.t('The ASR server was stopped.'), 5_000);
  }

  /** Settles when this window serves no more. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#work;
    await this.#stopServing();
    this.#item.dispose();
  }

  /** The server's address for the editor's own MCP client; nothing where it has none or the server is not there. */
  async mcpDefinitions(): Promise<unknown[]> {
    await this.#work;
    const address = this.#address();
    const Definition: unknown = Reflect.get(vscode, 'McpHttpServerDefinition');
    if (address === undefined || typeof Definition !== 'function') return [];
    const headers = { Authorization: `Bearer ${address.token}` };
    const uri = vscode.Uri.parse(`${address.url}/mcp`);
    const of = ['ASR Model Manager', uri, headers, this.#inputs.version];
    const definition: unknown = Reflect.construct(Definition, of);
    return [definition];
  }

  async #apply(): Promise<void> {
    const { serverEnabled, serverPort } = this.#inputs.settings();
    if (this.#hasEnded) return;
    if (!serverEnabled) {
      this.#succession = {};
      await this.#stopServing();
      for (const file of this.#files) await removeStale(file);
      return;
    }
    if (this.#shared !== undefined && serverPort === this.#port) return;
    await this.#stopServing();
    this.#port = serverPort;
    const { tryLease, logger } = this.#inputs;
    const shared = new SharedServer({
      tryLease,
      start: (succession) => this.#start(succession),
      addressFile: this.#inputs.addressFile,
      succession: this.#succession,
      clock: systemClock,
      logger,
    });
    this.#shared = shared;
    shared.onDidChange((state) => this.#show(state));
    await shared.poll();
  }

  #start(succession: Succession): Promise<RunningServer> {
    const { manager, logger, settings, stateFolder, version } = this.#inputs;
    return startServer({
      ...succession,
      models: manager,
      activeModelId,
      localise,
      logger,
      clock: systemClock,
      version,
      port: settings().serverPort,
      allowedOrigins: () => settings().allowedOrigins,
      uploadsFolder: path.join(stateFolder, 'uploads'),
      discoveryFiles: this.#files,
    });
  }

  async #stopServing(): Promise<void> {
    const shared = this.#shared;
    this.#shared = undefined;
    await shared?.stop();
    if (shared !== undefined) this.#show({ kind: 'off' });
  }

  #address(): SharedAddress | undefined {
    const state = this.#shared?.state;
    return state !== undefined && 'address' in state ? state.address : undefined;
  }

  async #offerToStart(): Promise<void> {
    const { settings, errors } = this.#inputs;
    const state = this.#shared?.state;
    if (state?.kind === 'failed') {
      await errors.show(state.error, () => this.apply());
      return;
    }
    if (settings().serverEnabled) {
      await vscode.window.showInformationMessage(
        vscode.l10n.t('Another window is starting the server. Try again in a moment.'),
      );
      return;
    }
    const turnOn = vscode.l10n.t('Turn On');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('The server for other programs is off.'),
      turnOn,
    );
    if (chosen === turnOn) await updateSetting('server.enabled', true);
  }

  #show(state: SharedState): void {
    if ('address' in state) this.#succession = { token: state.address.token };
    this.#showItem(state);
    this.#exportToTerminals('address' in state ? state.address : undefined);
    this.#onDidChange();
  }

  #showItem(state: SharedState): void {
    const item = this.#item;
    if ('address' in state) {
      item.text = vscode.l10n.t('$(broadcast) ASR Server');
      item.tooltip = vscode.l10n.t(
        'Other programs on this computer reach the speech models at {0}. Click to copy the address.',
        state.address.url,
      );
    } else if (state.kind === 'failed') {
      item.text = vscode.l10n.t('$(warning) ASR Server');
      item.tooltip = localise(toAsrError(state.error).localizedMessage);
    } else {
      item.hide();
      return;
    }
    item.show();
  }

  /** The editor writes a persistent collection to its own disk, where the token must not be. */
  #exportToTerminals(address: SharedAddress | undefined): void {
    const { terminals } = this.#inputs;
    terminals.persistent = address === undefined;
    if (address === undefined) {
      terminals.delete('ASR_MODELS_URL');
      terminals.delete('ASR_MODELS_TOKEN');
      return;
    }
    terminals.replace('ASR_MODELS_URL', address.url);
    terminals.replace('ASR_MODELS_TOKEN', address.token);
  }
}
