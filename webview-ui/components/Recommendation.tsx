import type { PanelRecommendation, PanelVariant } from '../../src/protocol/panelSnapshot';
import { isFiltering } from '../store/viewState';
import { withUnbrokenFigures } from '../text/unbroken';
import { Icon } from './Icon';
import { LinkButton } from './LinkButton';
import { usePanel } from './panelContext';

/** The one recommendation with its reason, over the list until somebody searches. */
export function Recommendation(props: {
  readonly recommendation: PanelRecommendation | undefined;
  readonly variant: PanelVariant | undefined;
}) {
  const { strings, figures, view, look } = usePanel();
  const { recommendation, variant } = props;
  if (recommendation === undefined || variant === undefined || isFiltering(view)) return null;
  return (
    <section class="recommendation" aria-label={strings.recommendedFor}>
      <Icon name="star" />
      <div>
        <p class="recommendation-title">
          {strings.recommendedFor}:{' '}
          <LinkButton onClick={() => look((now) => ({ ...now, selectedId: variant.id }))}>
            {variant.name}
          </LinkButton>{' '}
          {variant.sizeBytes === undefined ? null : (
            <span class="quiet">{figures.bytes(variant.sizeBytes)}</span>
          )}
        </p>
        <p class="quiet">{withUnbrokenFigures(recommendation.reason)}</p>
      </div>
    </section>
  );
}
