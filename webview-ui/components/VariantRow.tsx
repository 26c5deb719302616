import { useMemo } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelModel, PanelVariant } from '../../src/protocol/panelSnapshot';
import { dotted } from '../text/unbroken';
import { placeText, variantFacts } from '../text/variantText';
import { Badge } from './controls';
import { usePanel } from './panelContext';
import { VariantStatus } from './VariantStatus';

interface VariantRowProps {
  readonly variant: PanelVariant;
  readonly model: PanelModel | undefined;
  readonly download: ModelDownloadProgress | undefined;
  readonly recommended: boolean;
  /** Its position (from 1) among its model's listed variants. */
  readonly position: number;
  readonly setSize: number;
  /** Whether its model has no other variant, so that it needs no mark as the best of them. */
  readonly alone: boolean;
  readonly selected: boolean;
  /** Whether this is the one item of the list that Tab reaches. */
  readonly focusable: boolean;
  readonly onSelect: (variantId: string) => void;
  readonly onChoose: (variantId: string) => void;
}

/** One variant. It is drawn again only when one of its facts changes: hundreds of these share the page. */
export function VariantRow(props: VariantRowProps) {
  const { strings, figures, languageName } = usePanel();
  const { variant, model, download, recommended, selected, focusable, onSelect, onChoose } = props;
  const { position, setSize, alone } = props;
  return useMemo(
    () => (
      <li
        role="treeitem"
        aria-level={2}
        aria-selected={selected}
        aria-setsize={setSize}
        aria-posinset={position}
        aria-description={
          variant.elsewhere === undefined ? undefined : placeText(variant.elsewhere, strings)
        }
        class={selected ? 'row row-selected' : 'row'}
        tabIndex={focusable ? 0 : -1}
        data-item={variant.id}
        onClick={() => onSelect(variant.id)}
        onDblClick={() => onChoose(variant.id)}
      >
        <div class="row-name">
          <span class="row-title">{variant.name}</span>
          {recommended ? (
            <Badge tone="count" title={strings.recommendedFor}>
              {strings.recommended}
            </Badge>
          ) : null}
          {variant.best === true && !alone ? (
            <Badge tone="quiet" icon="star" title={strings.bestHereHint}>
              {strings.bestHere}
            </Badge>
          ) : null}
          {variant.fits === 'tooLarge' ? (
            <Badge tone="quiet" icon="warning" title={strings.tooLargeHint}>
              {strings.tooLarge}
            </Badge>
          ) : null}
          {variant.fits === 'tight' ? (
            <Badge tone="quiet" title={strings.tightHint}>
              {strings.tight}
            </Badge>
          ) : null}
        </div>
        <div class="row-facts">
          {dotted(variantFacts(variant, model?.disk?.measured, strings, figures, languageName))}
        </div>
        <div class="row-status">
          <VariantStatus
            name={variant.name}
            model={model}
            download={download}
            tabIndex={focusable ? 0 : -1}
            onChoose={() => onChoose(variant.id)}
          />
        </div>
      </li>
    ),
    [
      variant,
      model,
      download,
      recommended,
      selected,
      focusable,
      position,
      setSize,
      alone,
      strings,
      figures,
      languageName,
      onSelect,
      onChoose,
    ],
  );
}
