import * as vscode from 'vscode';
import type { Disposable } from '../../common/disposable';
import type { ModelManager } from '../../models';
import type { ErrorMessages } from '../ui/errorMessages';
import { localBytes } from '../ui/localise';
import { withWork } from '../ui/work';
import type { KeptFolder } from './keptFolder';
import type { LazyManager } from './lazyManager';

/** What the cache's folder needs: the manager in use, and one over a folder that is in use no more. */
export interface CacheFolderDependencies {
  readonly manager: LazyManager;
  readonly errors: ErrorMessages;
  /** `asr.cache.directory` as it is now; empty: the extension's own storage. */
  readonly directory: () => string;
  /** What was in use before, for all windows of this machine. */
  readonly kept: KeptFolder;
  /** Builds a manager that keeps its models below another value of that setting. */
  readonly openAt: (directory: string) => Promise<ModelManager>;
}

/**
 * Follows `asr.cache.directory`. Changed by the command, which has asked already, it only builds the manager anew;
 * changed by hand, now or while no window was open, one window asks what shall become of the models at the old place.
 */
export class CacheFolder implements Disposable {
  readonly #dependencies: CacheFolderDependencies;
  readonly #subscription: Disposable;
  #directory: string;

  constructor(ports: CacheFolderDependencies) {
    this.#dependencies = ports;
    this.#directory = ports.directory();
    this.#subscription = vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration('asr.cache.directory')) return;
      void this.#follow().catch((error: unknown) => ports.errors.show(error));
    });
  }

  /** After activation: asks where the folder was changed while no window was open. Reads one small file otherwise. */
  async start(): Promise<void> {
    await this.#askAboutLeft();
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  /** Writes the setting for somebody who has asked the person already. */
  async use(directory: string): Promise<void> {
    await this.#dependencies.kept.use(directory);
    await vscode.workspace
      .getConfiguration('asr')
      .update('cache.directory', directory, vscode.ConfigurationTarget.Global);
  }

  async #follow(): Promise<void> {
    const to = this.#dependencies.directory();
    if (this.#directory === to) return;
    this.#directory = to;
    await this.#dependencies.manager.restart();
    await this.#askAboutLeft();
  }

  async #askAboutLeft(): Promise<void> {
    const { directory, kept, openAt } = this.#dependencies;
    const places = await kept.claim(directory());
    for (const place of places) {
      const old = await openAt(place);
      let told: string | undefined;
      try {
        const models = await old.downloadedModels();
        if (models.length > 0) told = await this.#ask(old, models.length);
      } finally {
        old.dispose();
      }
      // Before it is told: who has read that all is done may close the window, and is not to be asked again.
      await kept.answered(place);
      if (told !== undefined) void vscode.window.showInformationMessage(told);
    }
  }

  /** Does what the person wants. Resolves with what there is to tell about it. */
  async #ask(old: ModelManager, count: number): Promise<string | undefined> {
    const { l10n } = vscode;
    const now = await this.#dependencies.manager.get();
    if (now.cachePath === old.cachePath) return undefined;
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
