import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';

/** The parts of an address, decoded as the editor hands them over. */
export interface Link {
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

const longestId = 500;

/**
 * The id of the model that a link names. Throws `unsupported` with a message for every other link. Parameters other
 * than `model` have no effect.
 */
export function linkTarget({ path, query, fragment }: Link): string {
  if (path.replace(/\/$/, '') !== '/download') throw notALink();
  const named = query.split('&').flatMap((part) => /^model=(.*)$/s.exec(part)?.[1] ?? []);
  const [first = '', ...others] = named;
  // Patterns stand behind a #, which is the fragment's when the link does not encode it.
  const id = (fragment === '' ? first : `${first}#${fragment}`).trim();
  const isOnOffer = /^(?:hf:[^\s\p{C}]+|[\w.-]+)$/u.test(id);
  if (others.length > 0 || id.length > longestId || !isOnOffer) throw notALink();
  return id;
}

function notALink(): AsrError {
  return new AsrError(
    'unsupported',
    localized(
      'This link can’t be followed. A link can only offer one model: …/download?model=whisper-tiny, or model=hf:organisation/name.',
    ),
  );
}
