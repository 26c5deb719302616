import { hostname } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { otherCaches } from './common/hubEnvironment';
import { isObject } from './common/json';
import type { ModelManager, ModelUpdate } from './models';
import type { ServerLease } from './server';
import {
  ActiveModel,
  CacheFolder,
  CacheFolderHistory,
  channelLogger,
  checkDaily,
  createApi,
  createModelsView,
  DownloadToast,
  ErrorMessages,
  LazyManager,
  ManagerPanelHost,
  ModelManagerPanel,
  exportToTerminals,
  forgetAll,
  LastUsed,
  localise,
  LocalServer,
  mementoKnownIds,
  mementoMeasurements,
  offerAbandoned,
  offerResume,
  offerUpdates,
  onSettingsChanged,
  readNetworkSettings,
  readSettings,
  registerCommands,
  registerLinks,
  StatusBar,
  tokenNotice,
  Tokens,
  UnfinishedDownloads,
  watchLoadedModel,
  watchOtherWindows,
  WorkspacePrompt,
  type AsrModelApi,
  type WindowLock,
} from './vscode';

/**
 * extension: the entry point. `activate` builds the objects in dependency order and hands them to the editor for
 * disposal; it contains no rules.
 *
 *   settings, tokens, log -> LazyManager -> views, panel, commands, watchers -> API for other extensions
 *                                |
 *                    first use: import('./models/createManager'), the core's own bundle
 *
 * Activation touches neither the network nor the cache. What reads the disk (the offer to resume downloads, a changed
 * cache folder, other windows) is started after it has returned. `deactivate` shuts the manager down: running downloads
 * keep their partial files and are offered at the next start.
 *
 * It is the only file that imports both `vscode` and the core, and the only one that reads `process.env`.
 */
let manager: LazyManager | undefined;
let server: LocalServer | undefined;

/** Builds the objects in dependency order. */
export function activate(context: vscode.ExtensionContext): AsrModelApi {
  const startMs = performance.now();
  const channel = vscode.window.createOutputChannel('ASR Model Manager', { log: true });
  const logger = channelLogger(channel);
  const settings = (): ReturnType<typeof readSettings> => readSettings(process.env);
  const tokens = new Tokens(context.secrets, process.env, () => settings().endpoint);
  const version = versionOf(context.extension.packageJSON);

  const openAt = async (cacheDirectory: string): Promise<ModelManager> => {
    const { createManager } = await import('./models/createManager');
    return createManager({
      storagePath: context.globalStorageUri.fsPath,
      distPath: path.join(context.extensionUri.fsPath, 'dist'),
      settings: () => {
        const { stallTimeoutSeconds, ...others } = settings();
        return { ...others, cacheDirectory, stallTimeoutMs: stallTimeoutSeconds * 1000 };
      },
      network: () => readNetworkSettings(process.env, logger),
      token: (origin) => tokens.find(origin),
      onRefusedToken: tokenNotice(),
      localise,
      logger,
      fetch: globalThis.fetch,
      userAgent: `asr-model-manager/${version}; vscode/${vscode.version}; node/${process.versions.node}`,
      knownIds: mementoKnownIds(context.globalState),
      measurements: mementoMeasurements(context.globalState),
      otherCaches: otherCaches(process.env),
      env: process.env,
      clipPath: path.join(context.extensionUri.fsPath, 'media', 'clip.wav'),
    });
  };
  const lazy = new LazyManager(() => {
    if (settings().checkUpdates === 'daily') {
      const offer = (updates: readonly ModelUpdate[]): Promise<void> => offerUpdates(lazy, updates);
      setImmediate(() => void checkDaily(lazy, context.globalState, logger, offer, Date.now()));
    }
    return openAt(settings().cacheDirectory);
  });
  manager = lazy;
  const errors = new ErrorMessages(logger);
  const active = new ActiveModel(context.globalState);
  const lastUsed = new LastUsed(context.globalState, lazy);
  const panelHost = new ManagerPanelHost(lazy, logger, (modelId) => lastUsed.of(modelId));
  const panel = new ModelManagerPanel(context.extensionUri, panelHost, logger);
  const unfinished = new UnfinishedDownloads(
    context.globalState,
    `${hostname()}:${context.globalStorageUri.fsPath}`,
  );
  const directory = (): string => settings().cacheDirectory;
  const stateFolder = path.join(context.globalStorageUri.fsPath, 'state');
  const lock: WindowLock = async (work) => {
    const { withFolderLock } = await import('./models/createManager');
    return await withFolderLock(stateFolder, 'keptFolder', logger, work);
  };
  let tryLease: (() => Promise<ServerLease | undefined>) | undefined;
  const history = new CacheFolderHistory(path.join(stateFolder, 'keptFolder.json'), lock);
  const local = new LocalServer({
    manager: lazy,
    errors,
    logger,
    settings,
    stateFolder,
    addressFile: path.join(stateFolder, 'server.json'),
    version,
    terminals: context.environmentVariableCollection,
    tryLease: async () => {
      const { folderLease } = await import('./models/createManager');
      tryLease ??= folderLease(stateFolder, 'server', logger);
      return await tryLease();
    },
  });
  server = local;
  const cacheFolder = new CacheFolder({ manager: lazy, errors, directory, history, openAt });

  context.subscriptions.push(
    channel,
    lazy,
    new DownloadToast(lazy, errors, () => panel.isActive),
    new StatusBar(lazy, active),
    watchLoadedModel(lazy, errors, active, logger),
    createModelsView(lazy, logger, (modelId) => lastUsed.of(modelId)),
    lastUsed,
    cacheFolder,
    local,
    panelHost,
    panel,
    registerCommands({
      manager: lazy,
      errors,
      log: channel,
      tokens,
      cacheFolder,
      forget: async () => {
        for (const memento of [context.globalState, context.workspaceState]) {
          await forgetAll(memento);
        }
      },
      prompt: new WorkspacePrompt(context.workspaceState),
      openPanel: (modelId) => panel.show(modelId),
      server: local,
    }),
    registerLinks({ manager: lazy, errors, openPanel: (modelId) => panel.show(modelId) }),
    lazy.onDidChangeDownload((record) => unfinished.record(record)),
    lazy.onDidAbandon(({ modelId }) => {
      void offerAbandoned(modelId, unfinished, lazy, settings().resumeOnStartup).catch(
        (error: unknown) => errors.show(error),
      );
    }),
    exportToTerminals(
      context.environmentVariableCollection,
      lazy,
      () => settings().exportToTerminals,
      () => settings().activeModel,
    ),
    onSettingsChanged(['catalog'], () => lazy.loaded?.reloadCatalogs()),
    onSettingsChanged(['download'], () => void lazy.loaded?.applySettings()),
  );
  // These read the disk, so they come after the activation.
  setImmediate(() => {
    const own = path.join(context.globalStorageUri.fsPath, 'hub');
    context.subscriptions.push(watchOtherWindows(directory() || own, lazy));
    for (const work of [
      offerResume(unfinished, lazy, settings().resumeOnStartup),
      cacheFolder.start(),
    ]) {
      void work.catch((error: unknown) => errors.show(error));
    }
  });
  const api = createApi(lazy);
  logger.info(`${version} is active after ${(performance.now() - startMs).toFixed(1)} ms`);
  return api;
}

function versionOf(manifest: unknown): string {
  return isObject(manifest) && typeof manifest['version'] === 'string' ? manifest['version'] : '0';
}

/** Running downloads keep their partial files; they are offered again at the next start. */
export async function deactivate(): Promise<void> {
  await Promise.all([server?.stop(), manager?.loaded?.shutDown()]);
  server = undefined;
  manager = undefined;
}
