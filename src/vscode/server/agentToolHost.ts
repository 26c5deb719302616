import * as vscode from 'vscode';
import { isCancellation, toAsrError } from '../../common/asrError';
import { isObject } from '../../common/json';
import { type AgentTool, agentTools, managerTranscriber, TranscriptionQueue } from '../../server';
import type { LazyManager } from '../host/lazyManager';
import { activeModelId } from '../host/settings';
import { describedModel, downloadFacts } from '../ui/downloadFacts';
import { localise } from '../ui/localise';

/** Agents of one window may wait for each other. */
const mostTranscriptions = 8;

/** The tools of `src/server` as the editor's. They ask the person before they download, cancel or read a file. */
export class AgentToolHost {
  readonly #manager: LazyManager;
  readonly #tools: readonly AgentTool[];

  constructor(manager: LazyManager) {
    this.#manager = manager;
    this.#tools = agentTools({
      models: manager,
      transcriber: managerTranscriber(manager, activeModelId),
      queue: new TranscriptionQueue(mostTranscriptions),
      localise,
    });
  }

  prepare(name: string, input: unknown): Promise<vscode.PreparedToolInvocation> {
    return confirmation(name, input, this.#manager);
  }

  async invoke(
    name: string,
    input: unknown,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelToolResult> {
    const tool = this.#tools.find((each) => each.name === name);
    if (tool === undefined) throw new Error(`there is no tool ${name}`);
    const stopped = new AbortController();
    const subscription = token.onCancellationRequested(() => stopped.abort());
    try {
      return resultOf(JSON.stringify(await tool.run(input, { signal: stopped.signal })));
    } catch (error) {
      if (isCancellation(error)) throw new vscode.CancellationError();
      // The agent reads the sentence, which says what to do.
      throw new Error(sentenceOf(error), { cause: error });
    } finally {
      subscription.dispose();
    }
  }
}

function resultOf(text: string): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
}

function sentenceOf(error: unknown): string {
  if (error instanceof Error && error.name === 'HttpError') return error.message;
  return localise(toAsrError(error).localizedMessage);
}

async function confirmation(
  name: string,
  input: unknown,
  manager: LazyManager,
): Promise<vscode.PreparedToolInvocation> {
  const args = isObject(input) ? input : {};
  const text = (key: string): string => (typeof args[key] === 'string' ? args[key] : '');
  switch (name) {
    case 'download_model':
      return {
        invocationMessage: vscode.l10n.t('Downloading a speech model'),
        confirmationMessages: {
          title: vscode.l10n.t('Download a speech model?'),
          message: await downloadQuestion(text('model'), manager),
        },
      };
    case 'cancel_download':
      return {
        invocationMessage: vscode.l10n.t('Cancelling a download'),
        confirmationMessages: {
          title: vscode.l10n.t('Cancel the download of a speech model?'),
          message: vscode.l10n.t('What it has fetched so far is removed.'),
        },
      };
    case 'transcribe_file':
      return {
        invocationMessage: vscode.l10n.t('Transcribing a recording'),
        confirmationMessages: {
          title: vscode.l10n.t('Transcribe a recording?'),
          message: vscode.l10n.t('The agent gets the text of {0}.', text('path')),
        },
      };
    default:
      return { invocationMessage: vscode.l10n.t('Looking at the speech models') };
  }
}

/** Names what comes, its size, its licence and the room on the disk. */
async function downloadQuestion(modelId: string, lazy: LazyManager): Promise<string> {
  const manager = await lazy.get();
  try {
    const { id } = await manager.findAny(modelId);
    // The core has logged why a hub could not be asked.
    const model = await describedModel(manager, id, () => undefined);
    return [model.name, ...(await downloadFacts(model, manager))].join('\n\n');
  } catch (error) {
    throw new Error(sentenceOf(error), { cause: error });
  }
}
