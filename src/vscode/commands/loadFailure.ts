import * as vscode from 'vscode';
import { causeText, isAsrError } from '../../common/asrError';
import { localise } from '../ui/localise';
import { withWork } from '../ui/work';
import type { CommandContext } from './commandContext';
import { copyCodeSnippet } from './copyCodeSnippet';

/**
 * Says why a model could not be loaded and offers the step that its sentence names: verifying and repairing it, or
 * the code that loads it elsewhere. Resolves with true when the model was repaired, so that another try is worth it.
 * What has no such step is thrown on.
 */
export async function offerRemedy(
  context: CommandContext,
  modelId: string,
  error: unknown,
): Promise<boolean> {
  if (!isAsrError(error)) throw error;
  const remedy = await remedyOf(context, modelId, error.code, error.message);
  if (remedy === undefined) throw error;
  context.log.error(`load ${modelId}: ${error.code}: ${causeText(error)}`);
  const showLog = vscode.l10n.t('Show Log');
  const text = localise(error.localizedMessage);
  const chosen = await vscode.window.showErrorMessage(text, remedy.label, showLog);
  if (chosen === showLog) await vscode.commands.executeCommand('asr.showLog');
  return chosen === remedy.label ? await remedy.run() : false;
}

interface Remedy {
  readonly label: string;
  /** Whether the model is worth another try. */
  readonly run: () => Promise<boolean>;
}

async function remedyOf(
  context: CommandContext,
  modelId: string,
  code: string,
  message: string,
): Promise<Remedy | undefined> {
  // The runtime's sentences (src/runtime) say "Verify" where wrong bytes may be the reason.
  if (code === 'integrity' || (code === 'runtime' && /\bVerify\b/i.test(message))) {
    return {
      label: vscode.l10n.t('Verify and Repair'),
      run: () => repair(context, modelId),
    };
  }
  if (code !== 'unsupported') return undefined;
  const { speech } = await context.manager.get();
  const hasSnippet = await speech.snippet(modelId).then(
    () => true,
    () => false,
  );
  if (!hasSnippet) return undefined;
  return {
    label: vscode.l10n.t('Copy Code Snippet'),
    run: async () => {
      await copyCodeSnippet(context, modelId);
      return false;
    },
  };
}

/** Hashes the model's files and fetches anew what is wrong; says so when nothing was. */
async function repair({ manager }: CommandContext, modelId: string): Promise<boolean> {
  const { library } = await manager.get();
  const report = await withWork(vscode.l10n.t('Repairing models'), (work) =>
    library.verify([modelId], { ...work, repair: true }),
  );
  const wrong = report.damaged.length + report.missing.length;
  const isWhole = report.repaired.length === wrong;
  if (!isWhole) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('{0} of {1} files are right again.', report.repaired.length, wrong),
    );
  }
  return isWhole;
}
