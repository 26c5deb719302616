import * as vscode from 'vscode';
import { AsrError } from '../base/asrError';
import { sentence } from '../base/sentence';
import { whileLooking } from './acknowledge';
import type { LazyManager } from './lazyManager';
import { localBytes, translator } from './localise';
import { speedText } from './treeNodes';

interface ModelRow extends vscode.QuickPickItem {
  readonly modelId?: string;
}

/**
 * Lets a person choose a downloaded model to load: those that can be loaded here first, with how fast they were, then
 * those for other programs, which end in the sentence that offers their code. Rejects when none is downloaded.
 */
export async function chooseLoadable(manager: LazyManager): Promise<string | undefined> {
  const { here, elsewhere } = await whileLooking(() => downloadedRows(manager));
  if (here.length + elsewhere.length === 0) {
    throw new AsrError(
      'notFound',
      sentence(
        'No downloaded model can be loaded here. Run "ASR: Download Model" and choose a ggml or sherpa-onnx model.',
      ),
    );
  }
  const separator: ModelRow = {
    label: vscode.l10n.t('For other programs'),
    kind: vscode.QuickPickItemKind.Separator,
  };
  const rows = elsewhere.length === 0 ? here : [...here, separator, ...elsewhere];
  const chosen = await vscode.window.showQuickPick(rows, {
    title: vscode.l10n.t('Load Model'),
    matchOnDescription: true,
  });
  return chosen?.modelId;
}

/** The downloaded models as rows: those that can be loaded here, and those for other programs. */
async function downloadedRows(
  manager: LazyManager,
): Promise<{ readonly here: readonly ModelRow[]; readonly elsewhere: readonly ModelRow[] }> {
  const loaded = await manager.get();
  const { speech } = loaded;
  const here: ModelRow[] = [];
  const elsewhere: ModelRow[] = [];
  for (const { model, downloaded, state } of await loaded.models()) {
    if (state !== 'downloaded' || downloaded === undefined) continue;
    const measured = speech.measurement(downloaded);
    const facts = [
      ...(speech.loaded?.modelId === model.id ? [vscode.l10n.t('loaded')] : []),
      localBytes(downloaded.sizeOnDisk),
      ...(model.format === 'unknown' ? [] : [model.format]),
      ...(measured === undefined ? [] : [speedText(measured.realTimeFactor, translator())]),
    ];
    const row = { label: model.name, description: facts.join(' · '), modelId: model.id };
    (speech.refusal(model) === undefined ? here : elsewhere).push(row);
  }
  return { here, elsewhere };
}
