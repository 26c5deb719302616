import type { ComponentChildren } from 'preact';
import type {
  PanelDetails,
  PanelFamily,
  PanelMeasured,
  PanelVariant,
} from '../../src/protocol/panelSnapshot';
import { fill } from '../text/fill';
import { factorText } from '../text/factorText';
import { formatName } from './formatName';
import { LinkButton } from './LinkButton';
import { VariantFiles } from './VariantFiles';
import { usePanel } from './panelContext';

/** What is known of a variant. What is not known is left out, or says so where that matters. */
export function ModelFacts(props: {
  readonly family: PanelFamily;
  readonly variant: PanelVariant;
  /** Absent until the host has told them. */
  readonly details: PanelDetails | undefined;
  /** How fast it was on this machine, once it has been loaded. */
  readonly measured: PanelMeasured | undefined;
}) {
  const { store, strings, figures, languageName } = usePanel();
  const { family, variant, details, measured } = props;
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
      {variant.memoryBytes === undefined ? null : (
        <Fact name={strings.factMemory}>{figures.bytes(variant.memoryBytes)}</Fact>
      )}
      <Fact name={strings.factFormat}>{formatName(variant.format)}</Fact>
      {variant.quantization === undefined ? null : (
        <Fact name={strings.factQuantization}>{variant.quantization}</Fact>
      )}
      {accuracy?.werPercent === undefined ? null : (
        <Fact name={strings.factAccuracy}>
          {fill(strings.accuracyFigure, figures.number(accuracy.werPercent, 2))}
        </Fact>
      )}
      {accuracy?.rtfx === undefined ? null : (
        <Fact name={strings.factSpeed}>
          {fill(strings.speedFigure, figures.number(accuracy.rtfx, 0))}
        </Fact>
      )}
      {accuracy === undefined ? null : (
        <Fact name={strings.factSource}>
          <span class="source">{accuracy.source}</span>
        </Fact>
      )}
      {measured === undefined ? null : (
        <Fact name={strings.factMeasured}>
          {fill(
            strings.measuredHere,
            factorText(measured, figures),
            figures.number(measured.loadMs / 1000, 1),
          )}
        </Fact>
      )}
      <Fact name={strings.factLicence}>
        {licence.id === 'NOASSERTION' ? strings.licenceUnknown : licence.id}{' '}
        {licence.url === undefined ? null : (
          <LinkButton
            title={licence.url}
            onClick={() => void store.run({ kind: 'openLicence', modelId: variant.id })}
          >
            {strings.openLicence}
          </LinkButton>
        )}
      </Fact>
      {variant.loaders.length === 0 ? null : (
        <Fact name={strings.factLoaders}>{variant.loaders.join(', ')}</Fact>
      )}
      {family.publisher === undefined ? null : (
        <Fact name={strings.factPublisher}>{family.publisher}</Fact>
      )}
      <Fact name={strings.factRepository}>
        <LinkButton onClick={() => void store.run({ kind: 'openModelPage', modelId: variant.id })}>
          {strings.openPage}
        </LinkButton>
      </Fact>
      {variant.catalogName === undefined ? null : (
        <Fact name={strings.factCatalog}>{variant.catalogName}</Fact>
      )}
      <Fact name={strings.factLanguages}>
        {variant.languages.length === 0
          ? strings.languagesUnknown
          : variant.languages.map(languageName).join(', ')}
      </Fact>
    </dl>
  );
}

function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
