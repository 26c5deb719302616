import type { CatalogModel } from '../catalog';
import { AsrError, causeText } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import type { ManagerDependencies } from './managerDependencies';

/** The model with a catalog id or an `hf:` id. Rejects with `notFound` when nothing has that id. */
export async function modelOfId(
  modelId: string,
  { catalog }: Pick<ManagerDependencies, 'catalog'>,
): Promise<CatalogModel> {
  const model = await catalog.find(modelId);
  if (model !== undefined) return model;
  throw new AsrError(
    'notFound',
    localized(
      'No model is called {0}. Run "ASR: Download Model" to see what is on offer, or use hf:organisation/name.',
      modelId,
    ),
  );
}

/** An `hf:` id is on no list; remembering it gives a name to what a scan finds. Never rejects. */
export async function rememberId(
  modelId: string,
  { knownIds, logger }: Pick<ManagerDependencies, 'knownIds' | 'logger'>,
): Promise<void> {
  if (!modelId.startsWith('hf:')) return;
  await knownIds
    .add(modelId)
    .catch((error: unknown) =>
      logger.warn(`the id ${modelId} could not be remembered: ${causeText(error)}`),
    );
}
