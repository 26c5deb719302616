import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { causeText, isCancellation, toAsrError, type AsrError } from '../../common/asrError';
import type { Logger } from '../../common/logger';
import type { ErrorCode } from '../../protocol/errorCode';
import { redact } from '../host/log';
import { localise } from './localise';

/** What a person can do about a failure. Each has one handler and one label. */
export type ErrorAction =
  | 'retry'
  | 'showLog'
  | 'freeUpSpace'
  | 'changeFolder'
  | 'setToken'
  | 'openLicencePage'
  | 'openProxySettings'
  | 'copyDetails';

/** Complete by type: a new code does not compile until it says what a person can do. */
export const actionsOf: Readonly<Record<ErrorCode, readonly ErrorAction[]>> = {
  network: ['retry', 'openProxySettings', 'showLog'],
  proxy: ['openProxySettings', 'retry', 'showLog'],
  tls: ['openProxySettings', 'retry', 'copyDetails', 'showLog'],
  auth: ['setToken', 'retry', 'showLog'],
  gated: ['openLicencePage', 'setToken', 'retry'],
  notFound: ['copyDetails', 'showLog'],
  rateLimited: ['retry', 'setToken', 'showLog'],
  diskSpace: ['freeUpSpace', 'changeFolder', 'retry'],
  diskPermission: ['changeFolder', 'retry', 'showLog'],
  integrity: ['retry', 'copyDetails', 'showLog'],
  stalled: ['retry', 'openProxySettings', 'showLog'],
  unsupported: ['copyDetails', 'showLog'],
  runtime: ['retry', 'copyDetails', 'showLog'],
  unknown: ['retry', 'copyDetails', 'showLog'],
};

/** The one place that tells a person of a failure, and that knows that a cancellation is none. */
export class ErrorMessages {
  readonly #logger: Logger;
  /** What stands now, and what is tried again from there. */
  readonly #showing = new Map<string, Set<() => void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** For the log alone, where a person sees the failure already. */
  note(error: unknown): void {
    if (isCancellation(error)) return;
    const failure = toAsrError(error);
    this.#logger.error(`${failure.code}: ${causeText(failure)}`);
  }

  /**
   * Shows a failure with its actions; resolves when the message is gone. The same text never stands twice: what fails
   * alike meanwhile is tried again together with the first.
   */
  async show(error: unknown, retry?: () => void): Promise<void> {
    this.note(error);
    if (isCancellation(error)) return;
    const failure = toAsrError(error);
    const text = localise(failure.localizedMessage);
    const standing = this.#showing.get(text);
    if (retry !== undefined) standing?.add(retry);
    if (standing !== undefined) return;
    const retries = new Set(retry === undefined ? [] : [retry]);
    this.#showing.set(text, retries);
    try {
      const actions = actionsOf[failure.code].filter(
        (action) =>
          (action !== 'retry' || retry !== undefined) &&
          (action !== 'openLicencePage' || failure.details.helpUrl !== undefined),
      );
      const labels = new Map(actions.map((action) => [labelOf(action), action]));
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
    switch (action) {
      case 'retry':
        retry();
        return;
      case 'showLog':
        await vscode.commands.executeCommand('asr.showLog');
        return;
      case 'freeUpSpace':
        await mendThenRetry(retry, 'asr.freeUpSpace');
        return;
      case 'changeFolder':
        await mendThenRetry(retry, 'asr.moveCache');
        return;
      case 'setToken':
        await mendThenRetry(retry, 'asr.setToken', failure.details.endpoint);
        return;
      case 'openLicencePage':
        if (failure.details.helpUrl !== undefined) {
          await vscode.env.openExternal(vscode.Uri.parse(failure.details.helpUrl, true));
        }
        return;
      case 'openProxySettings':
        await vscode.commands.executeCommand(
          'workbench.action.openSettings',
          '@id:http.proxy,http.noProxy',
        );
        return;
      case 'copyDetails':
        await vscode.env.clipboard.writeText(detailsText(failure));
        return;
    }
  }
}

/** These commands answer `true` when they changed something; then what failed is worth another try. */
async function mendThenRetry(retry: () => void, command: string, argument?: string): Promise<void> {
  if ((await vscode.commands.executeCommand(command, argument)) === true) retry();
}

/** What a person may paste into a report: code, sentence and causes, without credentials or their home folder. */
export function detailsText(failure: AsrError): string {
  const lines = [`${failure.code}: ${failure.message}`, `cause: ${causeText(failure.cause)}`];
  return redact(lines.join('\n'))
    .replaceAll(homedir(), '~')
    .replace(/(\/home\/|\/Users\/|[A-Z]:\\Users\\)[^/\\\s]+/g, '~');
}

function labelOf(action: ErrorAction): string {
  switch (action) {
    case 'retry':
      return vscode.l10n.t('Retry');
    case 'showLog':
      return vscode.l10n.t('Show Log');
    case 'freeUpSpace':
      return vscode.l10n.t('Free Up Space…');
    case 'changeFolder':
      return vscode.l10n.t('Change Folder…');
    case 'setToken':
      return vscode.l10n.t('Set Token…');
    case 'openLicencePage':
      return vscode.l10n.t('Open Licence Page');
    case 'openProxySettings':
      return vscode.l10n.t('Open Proxy Settings');
    case 'copyDetails':
      return vscode.l10n.t('Copy Details');
  }
}
