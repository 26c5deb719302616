import * as vscode from 'vscode';
import type { LazyManager } from '../host/lazyManager';
import type { ErrorMessages } from '../ui/errorMessages';

/**
 * links: `vscode://asr-tools.asr-model-manager/download?model=<id>`. A page in the browser can open such a link, so nothing
 * is done by it but a question, and what it says is not believed: the question has the catalog's and the hub's facts.
 *
 *   link -> linkTarget.ts (a model's id, or a sentence) -> openLink.ts: the panel at that model, the question -> download
 *
 * Only this file is loaded with the extension; the others are a bundle of their own that comes with the first link.
 */
export interface LinkContext {
  readonly manager: LazyManager;
  readonly errors: ErrorMessages;
  /** Shows the panel at a model. */
  readonly openPanel: (modelId: string) => void;
}

/** Answers the links to this extension. While a question is open, further links are passed over: a page can open many. */
export function registerLinks(context: LinkContext): vscode.Disposable {
  let isAsking = false;
  return vscode.window.registerUriHandler({
    async handleUri(uri) {
      if (isAsking) return;
      isAsking = true;
      try {
        const { openLink } = await import('./openLink');
        await openLink(context, uri);
      } catch (error) {
        void context.errors.show(error);
      } finally {
        isAsking = false;
      }
    },
  });
}
