import * as vscode from 'vscode';
import { openManager, whileLooking } from '../ui/acknowledge';
import { confirm } from '../ui/confirm';
import { describedModel, downloadFacts } from '../ui/downloadFacts';
import { linkTarget } from './linkTarget';
import type { LinkContext } from './registerLinks';

/**
 * Shows the model that a link names in the panel and asks whether to download it. A model that is here or on its way is
 * only shown. Rejects with a sentence for a link that names none, and for a model that can't be downloaded.
 */
export async function openLink(
  { manager, errors, openPanel }: LinkContext,
  uri: vscode.Uri,
): Promise<void> {
  const modelId = linkTarget(uri);
  const loaded = await openManager(manager);
  const { id } = await whileLooking(() => loaded.findAny(modelId));
  openPanel(id);
  const isHere = (await loaded.downloadedModel(id)) !== undefined;
  if (isHere || loaded.findDownload(id) !== undefined) return;
  const model = await whileLooking(() => describedModel(loaded, id, (error) => errors.log(error)));
  const question = vscode.l10n.t('A link asks for {0}. Download it?', model.name);
  const detail = (await downloadFacts(model, loaded)).join('\n');
  if (!(await confirm(question, detail, vscode.l10n.t('Download')))) return;
  // The toast, the tree and the panel show the download, and its failure.
  await loaded.download(id);
}
