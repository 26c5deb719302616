import { byteText } from '../../common/byteText';
import type { Translate } from './progressText';

/** What the line above the rows tells. */
export interface ViewFacts {
  /** Models of which something is here. */
  readonly models: number;
  /** What the cache takes on the disk: real blocks, each blob once. The panel says the same number. */
  readonly totalBytes: number;
  readonly freeBytes: number | undefined;
  /** The machine's name when it is not the person's own. */
  readonly host: string | undefined;
  /** What is wrong with the folder, in the person's language. */
  readonly folderProblem: string | undefined;
}

/** `3 models · 2.1 GB · 80 GB free`, behind what is wrong with the folder. Empty without models: the welcome text shows. */
export function viewMessage(facts: ViewFacts, t: Translate): string {
  const { models, totalBytes, freeBytes, host, folderProblem } = facts;
  if (models === 0) return '';
  const parts = [
    models === 1 ? t('1 model') : t('{0} models', models),
    byteText(totalBytes, t.language),
    ...(freeBytes === undefined ? [] : [t('{0} free', byteText(freeBytes, t.language))]),
    ...(host === undefined ? [] : [t('on {0}', host)]),
  ];
  const line = parts.join(' · ');
  return folderProblem === undefined ? line : `${folderProblem} ${line}`;
}
