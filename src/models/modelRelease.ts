import type { UninstallReport } from '../cache';
import type { DownloadedModel } from '../protocol/downloadedModel';
import type { ModelDownload } from '../windows';
import type { ModelLibrary } from './modelLibrary';
import type { ModelSpeech } from './modelSpeech';
import { isBeingDownloaded } from './restore';

/** Who holds models: their downloads, and the runtime that has one loaded. */
export interface ModelHolders {
  readonly library: ModelLibrary;
  readonly speech: Pick<ModelSpeech, 'loaded' | 'unload'>;
  /** Downloads of this window and of others. */
  downloads(): readonly ModelDownload[];
  /** A download of the model that has not ended. */
  findDownload(modelId: string): ModelDownload | undefined;
  /** Forgets a failed download's record. */
  dismiss(modelId: string): void;
}

/** Takes models away, or back to an earlier revision, once nobody holds them any more. */
export class ModelRelease {
  readonly #holders: ModelHolders;

  constructor(holders: ModelHolders) {
    this.#holders = holders;
  }

  async delete(modelId: string): Promise<{ readonly reclaimedBytes: number }> {
    await this.#holders.findDownload(modelId)?.cancel();
    await this.#unload(modelId);
    this.#holders.dismiss(modelId);
    this.#holders.library.forgetUpdate(modelId);
    return await this.#holders.library.delete(modelId);
  }

  async restore(modelId: string, commit: string): Promise<DownloadedModel> {
    const running = this.#holders.findDownload(modelId);
    if (running !== undefined) throw isBeingDownloaded(running.progress.modelName);
    await this.#unload(modelId);
    return await this.#holders.library.restore(modelId, commit);
  }

  async clear(): Promise<{ readonly reclaimedBytes: number }> {
    await this.#letGo();
    return await this.#holders.library.clear();
  }

  async uninstall(): Promise<UninstallReport> {
    await this.#letGo();
    return await this.#holders.library.uninstall();
  }

  async #unload(modelId: string): Promise<void> {
    const { speech } = this.#holders;
    if (speech.loaded?.modelId === modelId) await speech.unload();
  }

  async #letGo(): Promise<void> {
    const downloads = this.#holders.downloads();
    await Promise.all(downloads.map((download) => download.cancel()));
    for (const { modelId } of downloads) this.#holders.dismiss(modelId);
    await this.#holders.speech.unload();
  }
}
