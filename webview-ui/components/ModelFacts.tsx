import type { ComponentChildren } from 'preact';
import { fill } from '../../src/protocol/format';
import { licenceUse } from '../../src/protocol/licence';
import type { MeasuredSpeed } from '../../src/protocol/measurement';
import type {
  PanelAbilities,
  PanelDetails,
  PanelFile,
  PanelVariant,
} from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { measuredText } from '../text/measuredText';
import { LinkButton } from './controls';
import { formatName } from '../../src/protocol/programs';
import { usePanel } from './panelContext';

/** The facts about a variant. An unknown fact is left out, or says so where that matters. */
export function ModelFacts(props: {
  readonly variant: PanelVariant;
  /** Absent until the host has sent them. */
  readonly details: PanelDetails | undefined;
  /** How fast it was on this machine, once it has been loaded. */
  readonly measured: MeasuredSpeed | undefined;
}) {
  const { store, strings, figures, languageName } = usePanel();
  const { variant, details, measured } = props;
  const { accuracy, licence } = variant;
  return (
    <dl class="facts">
      <Fact name={strings.factSize}>
        {variant.sizeBytes === undefined ? strings.unknownSize : figures.bytes(variant.sizeBytes)}
        {variant.hub === 'asked' ? <span class="quiet">, {strings.asHubSays}</span> : null}
        {variant.hub === 'notAsked' ? (
          <>
            {' '}
            <LinkButton
              title={strings.askHubHint}
              onClick={() => void store.run({ kind: 'askHub', modelId: variant.id })}
            >
              {strings.askHub}
            </LinkButton>
          </>
        ) : null}
      </Fact>
      {variant.fileCount === undefined ? null : (
        <Fact name={strings.files}>
          <VariantFiles
            count={variant.fileCount}
            files={details === undefined ? undefined : (details.files ?? [])}
          />
        </Fact>
      )}
      <Fact name={strings.factMemory}>
        {variant.memoryBytes === undefined ? undefined : figures.bytes(variant.memoryBytes)}
      </Fact>
      <Fact name={strings.factFormat}>{formatName(variant.format)}</Fact>
      <Fact name={strings.factQuantization}>{variant.quantization}</Fact>
      <Fact name={strings.factAccuracy}>
        {accuracy?.werPercent === undefined
          ? undefined
          : fill(strings.accuracyFigure, figures.number(accuracy.werPercent, 2))}
      </Fact>
      {details?.moreAccuracy?.map(({ werPercent = 0, benchmark, source }) => (
        <Fact key={benchmark} name={strings.factAccuracy}>
          {fill(strings.accuracyFigure, figures.number(werPercent, 2))},{' '}
          <span class="source">
            {benchmark}: {source}
          </span>
        </Fact>
      ))}
      <Fact name={strings.factSpeed}>
        {accuracy?.rtfx === undefined
          ? undefined
          : fill(strings.speedFigure, figures.number(accuracy.rtfx, 0))}
      </Fact>
      <Fact name={strings.factSource}>
        {accuracy === undefined ? undefined : (
          <span class="source">
            {[accuracy.benchmark, accuracy.source].filter(Boolean).join(': ')}
          </span>
        )}
      </Fact>
      <Fact name={strings.factMeasured}>
        {measured === undefined ? undefined : measuredText(measured, strings, figures)}
      </Fact>
      <Fact name={strings.factLicence}>
        {licence.id === 'NOASSERTION' ? strings.licenceUnknown : licence.id}.{' '}
        {licenceText(licence.id, strings)}{' '}
        {licence.url === undefined ? null : (
          <LinkButton
            title={licence.url}
            onClick={() => void store.run({ kind: 'openLicence', modelId: variant.id })}
          >
            {strings.openLicence}
          </LinkButton>
        )}
      </Fact>
      <Abilities abilities={details?.abilities} />
      <Fact name={strings.factLoaders}>{variant.loaders.join(', ') || undefined}</Fact>
      <Fact name={strings.factPublisher}>{variant.publisher}</Fact>
      <Fact name={strings.factRepository}>
        <LinkButton onClick={() => void store.run({ kind: 'openModelPage', modelId: variant.id })}>
          {strings.openPage}
        </LinkButton>
      </Fact>
      <Fact name={strings.factCatalog}>{variant.catalogName}</Fact>
      <Fact name={strings.factLanguages}>
        {variant.languages.length === 0
          ? strings.languagesUnknown
          : variant.languages.map(languageName).join(', ')}
      </Fact>
    </dl>
  );
}

/** The answer to "may I use it at work?". */
function licenceText(id: string, strings: PanelStrings): string {
  const texts = {
    free: strings.licenceFree,
    named: strings.licenceNamed,
    shared: strings.licenceShared,
    notAtWork: strings.licenceNotAtWork,
    ownTerms: strings.licenceOwnTerms,
    notStated: strings.licenceNotStated,
  };
  return texts[licenceUse(id)];
}

/** Its strengths and the uses that it was not made for; a use that no catalog states is in neither. */
function Abilities({ abilities }: { readonly abilities: PanelAbilities | undefined }) {
  const { strings } = usePanel();
  if (abilities === undefined) return null;
  const { streams, translates, timestamps } = abilities;
  const times = timestamps === 'segment' ? strings.canTimes : strings.canWordTimes;
  const stated: readonly (readonly [boolean, string])[] = [
    ...(timestamps === undefined
      ? []
      : [[timestamps !== 'none', timestamps === 'none' ? strings.canTimes : times] as const]),
    [streams, strings.canStream],
    [translates, strings.canTranslate],
  ];
  const textsOf = (good: boolean): string =>
    stated
      .filter(([can]) => can === good)
      .map(([, text]) => text)
      .join(', ');
  return (
    <>
      <Fact name={strings.factAbilities}>{textsOf(true) || undefined}</Fact>
      <Fact name={strings.factLimits}>{textsOf(false) || undefined}</Fact>
    </>
  );
}

/** Left out without a value. */
function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return props.children === undefined ? null : (
    <div class="fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** Enough of a digest to distinguish two files; the tooltip has all of it. */
const shownDigits = 12;

/**
 * Exactly the files that a variant consists of, each with its size and digest where they are known. Until they
 * have come, there are placeholders.
 */
function VariantFiles(props: {
  readonly count: number;
  readonly files: readonly PanelFile[] | undefined;
}) {
  const { strings, figures } = usePanel();
  const { count, files } = props;
  if (files === undefined) {
    return (
      <ul class="variant-files" aria-busy="true">
        {Array.from({ length: count }, (_, at) => (
          <li key={at}>{'\u00a0'}</li>
        ))}
      </ul>
    );
  }
  return (
    <ul class="variant-files">
      {files.map(({ path, sizeBytes, digest }) => (
        <li key={path}>
          {path}{' '}
          <span class="source" title={digest}>
            {[
              sizeBytes === undefined ? strings.unknownSize : figures.bytes(sizeBytes),
              ...(digest === undefined ? [] : [shortDigest(digest)]),
            ].join(' · ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function shortDigest(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm}:${hex.slice(0, shownDigits)}…`;
}
