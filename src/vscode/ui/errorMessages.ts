import * as vscode from 'vscode';
import { causeText, isCancellation, toAsrError, type AsrError } from '../../common/asrError';
import type { Logger } from '../../common/logger';
import { type ErrorAction, errorActions, errorActionStrings } from '../../protocol/errorActions';
import { localise } from './localise';

/** Shows failures to the user, each with its actions. A cancellation is not a failure, and is left out here. */
export class ErrorMessages {
  readonly #logger: Logger;
  /** The messages that are open now, each with what its *Retry* runs. */
  readonly #showing = new Map<string, Set<() => void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** For the log alone, where the failure is visible already. */
  log(error: unknown): void {
    if (isCancellation(error)) return;
    const failure = toAsrError(error);
    this.#logger.error(`${failure.code}: ${causeText(failure)}`);
  }

  /**
   * Shows a failure with its actions; resolves when the message is gone. The same text is never open twice: what fails
   * in the same way meanwhile is retried together with the first.
   */
  async show(error: unknown, retry?: () => void): Promise<void> {
    this.log(error);
    if (isCancellation(error)) return;
    const failure = toAsrError(error);
    const text = localise(failure.localizedMessage);
    const open = this.#showing.get(text);
    if (retry !== undefined) open?.add(retry);
    if (open !== undefined) return;
    const retries = new Set(retry === undefined ? [] : [retry]);
    this.#showing.set(text, retries);
    try {
      const canTakeOver = failure.details.takeOver !== undefined;
      const named: readonly ErrorAction[] = canTakeOver ? ['takeOver'] : [];
      const actions = [...named, ...errorActions(failure.code)].filter(
        (action) =>
          (action !== 'retry' || retry !== undefined) &&
          (action !== 'openLicencePage' || failure.details.helpUrl !== undefined),
      );
      const strings = errorActionStrings(vscode.l10n);
      const labels = new Map(actions.map((action) => [strings[action], action]));
      const chosen = await vscode.window.showErrorMessage(text, ...labels.keys());
      const action = chosen === undefined ? undefined : labels.get(chosen);
      if (action === undefined) return;
      await this.#run(action, failure, () => {
        for (const again of retries) again();
      });
    } finally {
      this.#showing.delete(text);
    }
  }

  async #run(action: ErrorAction, failure: AsrError, retry: () => void): Promise<void> {
    const { helpUrl, endpoint } = failure.details;
    switch (action) {
      case 'takeOver':
        await vscode.commands.executeCommand('asr.takeOverDownload', failure.details.takeOver);
        return;
      case 'retry':
        retry();
        break;
      case 'freeUpSpace':
        await mendThenRetry(retry, 'asr.freeUpSpace');
        break;
      case 'changeFolder':
        await mendThenRetry(retry, 'asr.moveCache');
        break;
      case 'setToken':
        await mendThenRetry(retry, 'asr.setToken', endpoint);
        break;
      case 'openLicencePage':
        if (helpUrl !== undefined) await vscode.env.openExternal(vscode.Uri.parse(helpUrl, true));
        break;
      case 'copyDetails':
        await copyDetails(failure);
        break;
      case 'openProxySettings':
        await vscode.commands.executeCommand(...proxySettings);
        break;
      case 'showLog':
      case 'diagnoseConnection':
        await vscode.commands.executeCommand(`asr.${action}`);
    }
  }
}

/** Puts what a person may paste into a report into the clipboard. How it is made comes with the first one. */
export async function copyDetails(failure: AsrError): Promise<void> {
  const { detailsText } = await import('./detailsText');
  await vscode.env.clipboard.writeText(detailsText(failure));
}

/** The command, with its argument, that shows the editor's proxy settings. */
export const proxySettings = [
  'workbench.action.openSettings',
  '@id:http.proxy,http.noProxy',
] as const;

/** These commands answer `true` when they changed something; then what failed is worth another try. */
async function mendThenRetry(retry: () => void, command: string, argument?: string): Promise<void> {
  if ((await vscode.commands.executeCommand(command, argument)) === true) retry();
}
