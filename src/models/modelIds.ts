import type { CatalogModel } from '../catalog';
import { AsrError, causeText } from '../common/asrError';
import { sentence } from '../common/sentence';
import type { ManagerPorts } from './managerPorts';

/** The model with a catalog id or an `hf:` id. Rejects with `notFound` when nothing has that id. */
export async function modelOfId(
  modelId: string,
  { catalog }: Pick<ManagerPorts, 'catalog'>,
): Promise<CatalogModel> {
  const model = await catalog.find(modelId);
  if (model !== undefined) return model;
  throw new AsrError(
    'notFound',
    sentence(
      'No model is called {0}. Run "ASR: Download Model" to see what is on offer, or use hf:organisation/name.',
      modelId,
    ),
  );
}

/** An `hf:` id is on no list; remembering it gives a name to what a scan finds. Never rejects. */
export async function rememberId(
  modelId: string,
  { knownIds, logger }: Pick<ManagerPorts, 'knownIds' | 'logger'>,
): Promise<void> {
  if (!modelId.startsWith('hf:')) return;
  await knownIds.add(modelId).catch((error: unknown) => {
    logger.warn(`the id ${modelId} could not be remembered: ${causeText(error)}`);
  });
}
