import * as vscode from 'vscode';
import { isAsrError } from '../../common/asrError';
import type { CatalogModel, ModelManager } from '../../models';
import { catalogText } from './catalogText';
import { localBytes, translator } from './localise';

/**
 * A model with what the hub says of its size and licence, for a question before a download that no person has begun. Where
 * the hub can't be asked the catalog's word is shown; rejects with `notFound` or `integrity` for what the hub denies.
 */
export async function describedModel(
  manager: ModelManager,
  modelId: string,
  logFailure: (error: unknown) => void,
): Promise<CatalogModel> {
  try {
    return await manager.advice.described(modelId, new AbortController().signal);
  } catch (error) {
    if (isAsrError(error) && ['notFound', 'integrity'].includes(error.code)) throw error;
    logFailure(error);
    return await manager.findAny(modelId);
  }
}

/** The facts for a person before a download, a line each: where it is from, size, licence, room on the disk, risks. */
export async function downloadFacts(
  model: CatalogModel,
  manager: ModelManager,
): Promise<readonly string[]> {
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
    ...(unavailable === undefined ? [] : [catalogText(unavailable, translator())]),
  ];
}
