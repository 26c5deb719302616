import * as vscode from 'vscode';
import type { VerifyRequest } from '../../models';
import { fractionOf, percentOf } from '../../protocol/format';
import { localBytes } from './localise';

type WorkProgress = Parameters<NonNullable<VerifyRequest['onProgress']>>[0];

/** Progress and cancellation of long work, as the core takes them. */
export interface Work {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: WorkProgress) => void;
}

/** Runs long work under a notification that counts its bytes and can be cancelled. */
export function withWork<T>(title: string, run: (work: Work) => Promise<T>): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (progress, cancellation) => {
      const abort = new AbortController();
      cancellation.onCancellationRequested(() => abort.abort());
      let reportedPercent = 0;
      return run({
        signal: abort.signal,
        onProgress: ({ doneBytes, totalBytes, currentFile }) => {
          const fraction = fractionOf({ downloadedBytes: doneBytes, totalBytes }) ?? 0;
          const percent = fraction * 100;
          // A hash reports every megabyte; a person reads whole percents.
          if (percent - reportedPercent < 1 && percent < 100) return;
          const increment = Math.max(0, percent - reportedPercent);
          reportedPercent += increment;
          const amount = vscode.l10n.t('{0} of {1}', localBytes(doneBytes), localBytes(totalBytes));
          const parts = [
            `${percentOf(fraction)} %`,
            amount,
            ...(currentFile === undefined ? [] : [currentFile]),
          ];
          progress.report({ message: parts.join(' · '), increment });
        },
      });
    },
  );
}
