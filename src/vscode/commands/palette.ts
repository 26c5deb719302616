import * as vscode from 'vscode';
import { causeText, isAsrError, isCancellation } from '../../common/asrError';
import type { ModelManager, SpeechPhase } from '../../models';
import { acknowledged, openManager, whileDeleting, whileLooking } from '../ui/acknowledge';
import { confirmLowMemory } from '../ui/confirm';
import { localise } from '../ui/localise';
import { withNotification, withWork, type Work } from '../ui/work';
import { repairFiles, type ActionContext, type ActionSurface, type BusyKind } from './actions';
import type { CommandContext } from './commandContext';

/** The context of an action that was chosen in the palette, the tree or an error message. */
export async function paletteContext(context: CommandContext): Promise<ActionContext> {
  return { manager: await openManager(context.manager), surface: new Palette(context) };
}

/** Shows long work in notifications and on the status bar. */
export class Palette implements ActionSurface {
  readonly #context: CommandContext;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  async busyWith<T>(
    _modelIds: readonly string[],
    kind: BusyKind,
    work: (work?: Work) => Promise<T>,
  ): Promise<T> {
    const { l10n } = vscode;
    switch (kind) {
      case 'verifying':
        return await withWork(l10n.t('Verifying models'), work);
      case 'repairing':
        return await withWork(l10n.t('Repairing models'), work);
      case 'deleting':
        return await whileDeleting(work);
      case 'preparing':
        return await whileLooking(work);
      case 'cancelling':
        // The partial files are deleted before the download is reported as cancelled.
        return await acknowledged(l10n.t('Cancelling the download…'), work);
      case 'pausing':
        return await acknowledged(l10n.t('Pausing the download…'), work);
      case 'unloading':
        return await acknowledged(l10n.t('Unloading the model…'), work);
    }
  }

  async checkForUpdates(): Promise<void> {
    await vscode.commands.executeCommand('asr.checkForUpdates');
  }

  /** Resolves with whether the model is loaded; the failure was shown when it is not. */
  async load(manager: ModelManager, modelId: string): Promise<boolean> {
    const { name } = await whileLooking(() => manager.findAny(modelId));
    for (;;) {
      try {
        await withNotification(vscode.l10n.t('Loading {0}', name), (report, signal) =>
          manager.speech.load(
            modelId,
            (phase) => report({ message: phaseText(phase) }),
            signal,
            confirmLowMemory,
          ),
        );
        return true;
      } catch (error) {
        if (isCancellation(error)) return false;
        if (!(await this.#offerRemedy(manager, modelId, error))) return false;
      }
    }
  }

  /**
   * Says why a model could not be loaded and offers the step that the message names: verifying and repairing it, or
   * the code that loads it elsewhere. Resolves with true when the model was repaired, so that another try is worth it.
   * An error without such a step is thrown again.
   */
  async #offerRemedy(manager: ModelManager, modelId: string, error: unknown): Promise<boolean> {
    const remedy = isAsrError(error) ? await remedyOf(manager, modelId, error) : undefined;
    if (remedy === undefined || !isAsrError(error)) throw error;
    this.#context.log.error(`load ${modelId}: ${error.code}: ${causeText(error)}`);
    const { l10n, window, commands } = vscode;
    const label = remedy === 'repair' ? l10n.t('Verify and Repair') : l10n.t('Copy Code Snippet');
    const showLog = l10n.t('Show Log');
    const chosen = await window.showErrorMessage(localise(error.localizedMessage), label, showLog);
    if (chosen === showLog) await commands.executeCommand('asr.showLog');
    if (chosen !== label) return false;
    if (remedy === 'repair') return await this.#repair(manager, modelId);
    await commands.executeCommand('asr.copyCodeSnippet', modelId);
    return false;
  }

  /** Resolves with whether every file is right now; shows a message when one is not. */
  async #repair(manager: ModelManager, modelId: string): Promise<boolean> {
    const { message, wrongFiles } = await repairFiles({ manager, surface: this }, [modelId]);
    if (wrongFiles > 0) void vscode.window.showWarningMessage(message);
    return wrongFiles === 0;
  }
}

async function remedyOf(
  manager: ModelManager,
  modelId: string,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<'repair' | 'snippet' | undefined> {
  // The runtime's messages (src/runtime) say "Verify" where wrong bytes may be the reason.
  if (code === 'integrity' || (code === 'runtime' && /\bVerify\b/i.test(message))) return 'repair';
  if (code !== 'unsupported') return undefined;
  return await manager.speech.snippet(modelId).then(
    () => 'snippet' as const,
    () => undefined,
  );
}

function phaseText(phase: SpeechPhase): string {
  return {
    downloading: vscode.l10n.t('downloading it first…'),
    checking: vscode.l10n.t('checking its files…'),
    starting: vscode.l10n.t('starting the runtime…'),
    loading: vscode.l10n.t('reading it into memory…'),
    ready: vscode.l10n.t('ready'),
  }[phase];
}
