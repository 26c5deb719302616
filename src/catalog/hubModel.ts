import { defined } from '../protocol/defined';
import type { CatalogModel } from './catalogModel';
import { runsCode } from './codeInFiles';
import { formatHubModelId, type HubModelId } from './hubModelId';

/**
 * The model that an `hf:` id stands for, before anybody has asked the Hub: only where it lies is known. Its format,
 * its size and whether it can run code come from its file list (`recogniseVariants`).
 */
export function hubModel(id: HubModelId): CatalogModel {
  const { repo, revision, patterns } = id;
  const at = revision === undefined ? '' : ` @ ${revision.slice(0, 40)}`;
  const only = patterns.length === 0 ? '' : ` (${patterns.join(', ')})`;
  return {
    id: formatHubModelId(id),
    name: `${repo}${at}${only}`,
    familyId: 'hf',
    familyName: 'Hugging Face',
    format: 'unknown',
    licence: { id: 'NOASSERTION', url: `https://huggingface.co/${repo}` },
    gated: false,
    languages: [],
    loaders: [],
    streaming: false,
    translates: false,
    runsCode: runsCode('unknown', patterns),
    starter: false,
    source: {
      kind: 'hub',
      repo,
      ...defined({ revision }),
      patterns,
    },
    files: [],
    catalog: { id: 'hf', name: 'Hugging Face' },
  };
}
