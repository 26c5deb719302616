import * as vscode from 'vscode';
import { isAsrError } from '../../common/asrError';
import type { CatalogModel, ModelManager } from '../../models';
import { openManager, whileLooking } from '../ui/acknowledge';
import { confirm } from '../ui/confirm';
import { localBytes } from '../ui/localise';
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
  const model = await whileLooking(() =>
    loaded.advice.described(id, new AbortController().signal).catch((error: unknown) => {
      // Without the hub's word the catalog's is shown; what the hub denies is no question.
      if (isAsrError(error) && ['notFound', 'integrity'].includes(error.code)) throw error;
      errors.log(error);
      return loaded.findAny(id);
    }),
  );
  const question = vscode.l10n.t('A link asks for {0}. Download it?', model.name);
  const detail = await detailOf(model, loaded);
  if (!(await confirm(question, detail, vscode.l10n.t('Download')))) return;
  // The toast, the tree and the panel show the download, and its failure.
  await loaded.download(id);
}

/** Where it comes from, how large it is, under which licence, and what is free for it. */
async function detailOf(model: CatalogModel, manager: ModelManager): Promise<string> {
  const { l10n } = vscode;
  const { source, licence, sizeBytes, gated, unavailable, runsCode } = model;
  const revision = source.kind === 'files' ? undefined : source.revision;
  const freeBytes = await manager.freeBytes();
  return [
    l10n.t(
      'From the repository {0}',
      revision === undefined ? source.repo : `${source.repo}@${revision}`,
    ),
    sizeBytes === undefined
      ? l10n.t('Size not known until download')
      : l10n.t('Size: {0}', localBytes(sizeBytes)),
    licence.id === 'NOASSERTION' ? l10n.t('licence unknown') : l10n.t('Licence: {0}', licence.id),
    ...(freeBytes === undefined ? [] : [l10n.t('{0} free', localBytes(freeBytes))]),
    ...(gated ? [l10n.t('Licence must be accepted')] : []),
    ...(runsCode
      ? [
          l10n.t(
            'Loading this format can run code that the file contains. Download it only from a publisher you trust.',
          ),
        ]
      : []),
    ...(unavailable === undefined ? [] : [unavailable]),
  ].join('\n');
}
