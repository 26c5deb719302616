import * as vscode from 'vscode';
import type { Disposable } from '../../common/disposable';
import { isSameFolder } from '../../common/paths';
import type { ModelManager } from '../../models';
import type { ErrorMessages } from '../ui/errorMessages';
import { localBytes } from '../ui/localise';
import { withWork } from '../ui/work';
import { type CacheFolderHistory, isSameDirectory } from './cacheFolderHistory';
import type { LazyManager } from './lazyManager';
import { onSettingsChanged, updateSetting } from './settings';

/** The dependencies of the cache's folder: the manager in use, and one over an earlier folder. */
interface CacheFolderDependencies {
  readonly manager: LazyManager;
  readonly errors: ErrorMessages;
  /** `asr.cache.directory` as it is now; empty: the extension's own storage. */
  readonly directory: () => string;
  /** The earlier folders, for all windows of this machine. */
  readonly history: CacheFolderHistory;
  /** Builds a manager that keeps its models below another value of that setting. */
  readonly openAt: (directory: string) => Promise<ModelManager>;
}

/**
 * Follows `asr.cache.directory`. When the command has changed it, which asks before, only another manager is built;
 * when it was changed by hand, now or while no window was open, one window asks what to do with the models in the
 * earlier folder.
 */
export class CacheFolder implements Disposable {
  readonly #dependencies: CacheFolderDependencies;
  readonly #subscription: Disposable;
  #directory: string;

  constructor(dependencies: CacheFolderDependencies) {
    this.#dependencies = dependencies;
    this.#directory = dependencies.directory();
    this.#subscription = onSettingsChanged(['cache.directory'], () => {
      void this.#follow().catch((error: unknown) => dependencies.errors.show(error));
    });
  }

  /** After activation: asks where the folder was changed while no window was open. Reads one small file otherwise. */
  async start(): Promise<void> {
    await this.#askAboutLeft();
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  /** Writes the setting when the person has decided already what to do with the models. */
  async use(directory: string): Promise<void> {
    await this.#dependencies.history.use(directory);
    await updateSetting('cache.directory', directory);
  }

  async #follow(): Promise<void> {
    const to = this.#dependencies.directory();
    if (isSameDirectory(this.#directory, to)) return;
    this.#directory = to;
    await this.#dependencies.manager.restart();
    await this.#askAboutLeft();
  }

  async #askAboutLeft(): Promise<void> {
    const { directory, history, openAt } = this.#dependencies;
    for (const earlier of await history.claim(directory())) {
      const old = await openAt(earlier);
      let message: string | undefined;
      try {
        const models = await old.downloadedModels();
        if (models.length > 0) message = await this.#ask(old, models.length);
      } finally {
        old.dispose();
      }
      // Before the message: a window that is closed after it must not ask again.
      await history.answered(earlier);
      if (message !== undefined) void vscode.window.showInformationMessage(message);
    }
  }

  /** Moves or copies the models when the person wants it. Resolves with a message about it. */
  async #ask(old: ModelManager, count: number): Promise<string | undefined> {
    const { l10n } = vscode;
    const now = await this.#dependencies.manager.get();
    if (await isSameFolder(now.cachePath, old.cachePath)) return undefined;
    const choices = {
      [l10n.t('Move Them')]: 'move',
      [l10n.t('Copy Them')]: 'copy',
      [l10n.t('Start Empty')]: undefined,
    } as const;
    const chosen = await vscode.window.showInformationMessage(
      l10n.t(
        'Models are kept in {0} from now on. Models at the old place, {1}: {2}. What shall become of them?',
        now.cachePath,
        old.cachePath,
        count,
      ),
      ...Object.keys(choices),
    );
    const mode = chosen === undefined ? undefined : choices[chosen];
    if (mode === undefined) return undefined;
    const report = await withWork(
      mode === 'move' ? l10n.t('Moving models') : l10n.t('Copying models'),
      (work) => old.library.moveTo(now.cachePath, () => Promise.resolve(), work, mode),
    );
    now.refresh();
    return mode === 'move'
      ? l10n.t('{0} were moved to {1}.', localBytes(report.movedBytes), now.cachePath)
      : l10n.t('{0} were copied to {1}.', localBytes(report.movedBytes), now.cachePath);
  }
}
