import * as vscode from 'vscode';
import type { VerifyRequest } from '../../models';
import { defined } from '../../protocol/defined';
import { fractionOf, percentOf } from '../../protocol/format';
import { localBytes } from './localise';

type WorkProgress = Parameters<NonNullable<VerifyRequest['onProgress']>>[0];

/** Progress and cancellation of long work, as the core takes them. */
export interface Work {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: WorkProgress) => void;
}

/** A step of long work: what it does, and how far it is (0 to 100). The bar waits where the percentage falls. */
interface WorkStep {
  readonly message?: string;
  readonly percent?: number;
}

/** Runs work under a notification that shows its steps and can be cancelled. */
export function withNotification<T>(
  title: string,
  work: (report: (step: WorkStep) => void, signal: AbortSignal) => Promise<T>,
): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (progress, cancellation) => {
      const abort = new AbortController();
      cancellation.onCancellationRequested(() => abort.abort());
      let shownPercent = 0;
      return work(({ message, percent }) => {
        const increment = percent === undefined ? undefined : Math.max(0, percent - shownPercent);
        shownPercent += increment ?? 0;
        progress.report(defined({ message, increment }));
      }, abort.signal);
    },
  );
}

/** Runs long work under a notification that counts its bytes and can be cancelled. */
export function withWork<T>(title: string, run: (work: Work) => Promise<T>): Thenable<T> {
  return withNotification(title, (report, signal) => {
    let reportedPercent = 0;
    return run({
      signal,
      onProgress: ({ doneBytes, totalBytes, currentFile }) => {
        const fraction = fractionOf({ downloadedBytes: doneBytes, totalBytes }) ?? 0;
        const percent = fraction * 100;
        // A hash reports every megabyte; a person reads whole percents.
        if (percent - reportedPercent < 1 && percent < 100) return;
        reportedPercent = Math.max(reportedPercent, percent);
        const amount = vscode.l10n.t('{0} of {1}', localBytes(doneBytes), localBytes(totalBytes));
        const parts = [
          `${percentOf(fraction)} %`,
          amount,
          ...(currentFile === undefined ? [] : [currentFile]),
        ];
        report({ message: parts.join(' · '), percent });
      },
    });
  });
}
