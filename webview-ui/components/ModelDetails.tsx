import type { VNode } from 'preact';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type {
  PanelDetails,
  PanelLoaded,
  PanelModel,
  PanelRecommendation,
  PanelVariant,
} from '../../src/protocol/panelSnapshot';
import { fill } from '../../src/protocol/format';
import { isFinal } from '../../src/protocol/downloadProgress';
import { withUnbrokenFigures } from '../text/unbroken';
import { Button, LinkButton, Note } from './controls';
import { LoadModelButton } from './LoadModelButton';
import { ModelFacts } from './ModelFacts';
import { ModelMenu } from './ModelMenu';
import { usePanel } from './panelContext';
import { VariantStatus } from './VariantStatus';

/** Everything about the selected variant, and what can be done with it. */
export function ModelDetails(props: {
  readonly variant: PanelVariant;
  /** Absent until the host has sent them. */
  readonly details: PanelDetails | undefined;
  readonly model: PanelModel | undefined;
  readonly download: ModelDownloadProgress | undefined;
  readonly loaded: PanelLoaded | undefined;
  readonly recommendation: PanelRecommendation | undefined;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings } = usePanel();
  const { variant, details, model, download, recommendation } = props;
  const running = download !== undefined && !isFinal(download.status);
  const notLoadable = model?.notLoadable ?? details?.notLoadable;
  const needsDownload =
    !running &&
    (model === undefined || model.state === 'notDownloaded' || model.state === 'incomplete');
  return (
    <article class="details" aria-label={variant.name}>
      <h2>{variant.name}</h2>
      <p class="quiet">{variant.familyName}</p>
      <div class="details-status">
        {needsDownload && model?.state !== 'incomplete' ? null : (
          <VariantStatus
            name={variant.name}
            model={model}
            download={download}
            tabIndex={0}
            stateOnly
            onChoose={() => props.onChoose(variant.id)}
          />
        )}
      </div>
      <div class="actions">
        {needsDownload ? (
          <Button kind="primary" onClick={() => props.onChoose(variant.id)}>
            {model?.state === 'incomplete' ? strings.resume : strings.download}
          </Button>
        ) : null}
        {running ? (
          <Button onClick={() => props.onChoose(variant.id)}>{strings.showDownload}</Button>
        ) : null}
        <LoadModelButton
          primary
          modelId={variant.id}
          name={variant.name}
          model={model}
          download={download}
          loaded={props.loaded}
        />
        {model?.disk === undefined ? null : <ModelMenu model={model} />}
      </div>
      {variant.description === undefined ? null : <p>{variant.description}</p>}
      {recommendation?.modelId === variant.id ? (
        <Note icon="star">{withUnbrokenFigures(recommendation.reason)}</Note>
      ) : null}
      <FitNote variant={variant} />
      {notLoadable === undefined ? null : <Note icon="info">{notLoadable}</Note>}
      {details?.defect === undefined ? null : (
        <Note {...warning}>{fill(strings.knownDefect, details.defect)}</Note>
      )}
      {details?.needs === undefined ? null : (
        <Note icon="info">{fill(strings.needs, details.needs)}</Note>
      )}
      {details?.note === undefined ? null : <Note icon="info">{details.note}</Note>}
      {variant.gated ? <Note icon="info">{strings.gatedHint}</Note> : null}
      {variant.runsCode ? (
        <Note {...warning}>
          {strings.runsCodeHint} <SafeCopyLink variant={variant} />
        </Note>
      ) : null}
      <ModelFacts variant={variant} details={details} measured={model?.disk?.measured} />
    </article>
  );
}

function SafeCopyLink({ variant }: { readonly variant: PanelVariant }): VNode | null {
  const { strings, changeView } = usePanel();
  const { safeCopyId } = variant;
  if (safeCopyId === undefined) return null;
  return (
    <LinkButton onClick={() => changeView((now) => ({ ...now, selectedId: safeCopyId }))}>
      {strings.safeCopy}
    </LinkButton>
  );
}

function FitNote({ variant: { fits } }: { readonly variant: PanelVariant }): VNode | null {
  const { strings } = usePanel();
  if (fits === undefined) return null;
  const texts = {
    fits: `${strings.fits}. ${strings.fitsHint}`,
    tight: `${strings.tight}. ${strings.tightHint}`,
    tooLarge: `${strings.tooLarge}. ${strings.tooLargeHint}`,
  };
  return <Note {...(fits === 'fits' ? { icon: 'check' } : warning)}>{texts[fits]}</Note>;
}

const warning = { icon: 'warning', tone: 'warning' } as const;
