import * as vscode from 'vscode';
import type { CommandContext } from '../commands/commandContext';
import type { LazyManager } from '../host/lazyManager';
import { whileLooking } from '../ui/acknowledge';
import { localBytes, translator } from '../ui/localise';
import { speedText } from '../views/treeNodes';
import { pickModel } from './modelPicker';

interface ModelRow extends vscode.QuickPickItem {
  readonly modelId?: string;
}

/**
 * Lets a person choose a model to load: the downloaded ones that can be loaded here first, with how fast they were,
 * then those for other programs, which end in the sentence that offers their code; last, any other one, which is
 * downloaded first. Undefined when they closed the list.
 */
export async function chooseLoadable(context: CommandContext): Promise<string | undefined> {
  const { here, elsewhere } = await whileLooking(() => downloadedRows(context.manager));
  const anotherOne: ModelRow = {
    label: vscode.l10n.t('$(cloud-download) Download a Model and Load It…'),
    alwaysShow: true,
  };
  const rows = [...here, ...elsewhere];
  const chosen = await vscode.window.showQuickPick(
    [
      ...here,
      ...(elsewhere.length === 0 ? [] : [separator(vscode.l10n.t('For other programs'))]),
      ...elsewhere,
      ...(rows.length === 0 ? [] : [separator('')]),
      anotherOne,
    ],
    { title: vscode.l10n.t('Load Model'), matchOnDescription: true },
  );
  return chosen === anotherOne ? await pickModel(context) : chosen?.modelId;
}

function separator(label: string): ModelRow {
  return { label, kind: vscode.QuickPickItemKind.Separator };
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
