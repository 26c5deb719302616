import type { Localiser } from './phase';

/** The use that a licence allows, as far as its id says. */
type LicenceUse = 'free' | 'named' | 'shared' | 'notAtWork' | 'ownTerms' | 'notStated';

/** Ids in lower case, as the Hub spells them; SPDX's differ in case only. */
const known: readonly (readonly [RegExp, LicenceUse])[] = [
  [/^cc-by-nc(-|$)/, 'notAtWork'],
  [/^cc-by-sa-/, 'shared'],
  [/^cc-by-\d/, 'named'],
  [/^(mit|apache-2\.0|bsd-[23]-clause|isc|cc0-1\.0|unlicense|openmdw(-[\d.]+)?)$/, 'free'],
  [/^(noassertion|unknown|)$/, 'notStated'],
];

/** The use that a licence allows; a licence that is not known by its id has terms of its own. */
export function licenceUse(id: string): LicenceUse {
  const plain = id.toLowerCase();
  return known.find(([pattern]) => pattern.test(plain))?.[1] ?? 'ownTerms';
}

/** The answer to "may I use it at work?", for each kind of licence. */
export function licenceStrings(l10n: Localiser) {
  return {
    free: l10n.t('Free to use, also at work. Keep its licence text with copies.'),
    named: l10n.t('Free to use, also at work. Name its authors where you pass it on.'),
    shared: l10n.t(
      'Free to use, also at work. Name its authors, and pass on changed versions under the same licence.',
    ),
    notAtWork: l10n.t('Not for commercial use.'),
    ownTerms: l10n.t('Its publisher has terms of their own. Read them before you use it at work.'),
    notStated: l10n.t('No licence is stated. Ask its publisher before you use it at work.'),
  } satisfies Readonly<Record<LicenceUse, string>>;
}
