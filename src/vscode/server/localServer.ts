import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Disposable } from '../../common/disposable';
import type { Logger } from '../../common/logger';
import type { ServerLease } from '../../server';
import type { LazyManager } from '../host/lazyManager';
import { type AsrSettings, onSettingsChanged } from '../host/settings';
import type { ErrorMessages } from '../ui/errorMessages';
import type { AgentToolHost, ServerHost } from './serverHost';

/**
 * server: the editor's side of the server for other programs, and the editor's agents.
 *
 *   activate ─▶ LocalServer (this file, which loads nothing while the server is off)
 *                   │ asr.server.enabled, a command, a call of a tool, or a file that a killed window has left
 *                   ▼
 *   dist/serverHost.js: ServerHost ─▶ SharedServer (src/server) ─▶ status bar, terminals, MCP definition
 *                        AgentToolHost ─▶ the tools of src/server with the editor's confirmations
 */
export interface LocalServerInputs {
  readonly manager: LazyManager;
  readonly errors: ErrorMessages;
  readonly logger: Logger;
  readonly settings: () => AsrSettings;
  /** `state` in the extension's storage. */
  readonly stateFolder: string;
  /** By which the windows of this editor find the server. */
  readonly addressFile: string;
  readonly version: string;
  readonly terminals: vscode.EnvironmentVariableCollection;
  readonly tryLease: () => Promise<ServerLease | undefined>;
}

/** The actions of a person on the server. */
type ServerAction = 'copyAddress' | 'stop';

/** The tools of the manifest, whose code is loaded by the first call. */
const toolNames = [
  'list_models',
  'search_models',
  'download_model',
  'download_status',
  'cancel_download',
  'transcribe_file',
];

/** Starts the server when it is wanted, and registers the tools for agents; loads their code only then. */
export class LocalServer implements Disposable {
  readonly #inputs: LocalServerInputs;
  readonly #subscriptions: Disposable[] = [];
  readonly #onDidChange = new vscode.EventEmitter<void>();
  #host: Promise<ServerHost> | undefined;
  #tools: Promise<AgentToolHost> | undefined;

  constructor(inputs: LocalServerInputs) {
    this.#inputs = inputs;
    this.#subscriptions.push(
      onSettingsChanged(['server'], () => this.#follow()),
      this.#onDidChange,
      ...toolNames.map((name) => this.#registerTool(name)),
      ...this.#registerMcp(),
    );
    setImmediate(() => {
      const isLeft = existsSync(inputs.addressFile);
      if (inputs.settings().serverEnabled || isLeft) void this.#load();
    });
  }

  /** Does what a command asks for. */
  async run(action: ServerAction): Promise<void> {
    await (await this.#load())[action]();
  }

  /** Settles when this window serves no more. */
  async stop(): Promise<void> {
    await (await this.#host)?.end();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    void this.stop();
  }

  /** A host that is loaded only now begins with the settings as they are. */
  #follow(): void {
    if (this.#host === undefined) void this.#load();
    else void this.#host.then((host) => host.apply());
  }

  #load(): Promise<ServerHost> {
    return (this.#host ??= import('./serverHost').then(({ ServerHost }) => {
      const host = new ServerHost(this.#inputs, () => this.#onDidChange.fire());
      host.apply();
      return host;
    }));
  }

  #registerTool(name: string): Disposable {
    const tools = (): Promise<AgentToolHost> =>
      (this.#tools ??= import('./serverHost').then(
        ({ AgentToolHost }) => new AgentToolHost(this.#inputs.manager),
      ));
    return vscode.lm.registerTool<object>(`asr_${name}`, {
      prepareInvocation: async ({ input }) => (await tools()).prepare(name, input),
      invoke: async ({ input }, token) => (await tools()).invoke(name, input, token),
    });
  }

  /** The first editors that this extension runs in have no such providers. */
  #registerMcp(): Disposable[] {
    const register: unknown = Reflect.get(vscode.lm, 'registerMcpServerDefinitionProvider');
    if (typeof register !== 'function') return [];
    const provider = {
      onDidChangeMcpServerDefinitions: this.#onDidChange.event,
      provideMcpServerDefinitions: async () =>
        this.#inputs.settings().serverEnabled ? (await this.#load()).mcpDefinitions() : [],
    };
    const registered: unknown = Reflect.apply(register, vscode.lm, ['asr', provider]);
    return [{ dispose: () => disposeOf(registered) }];
  }
}

function disposeOf(value: unknown): void {
  if (value instanceof vscode.Disposable) value.dispose();
}
