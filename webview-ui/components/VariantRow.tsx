import { useMemo } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelMeasured, PanelModel, PanelVariant } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import type { Figures } from '../../src/protocol/format';
import { fill } from '../../src/protocol/format';
import { dotted } from '../text/unbroken';
import { Badge } from './controls';
import { formatShortName } from './formatName';
import { usePanel } from './panelContext';
import { VariantStatus } from './VariantStatus';

export interface VariantRowProps {
  readonly variant: PanelVariant;
  readonly model: PanelModel | undefined;
  readonly download: ModelDownloadProgress | undefined;
  readonly recommended: boolean;
  /** Its position (from 1) among its family's listed variants. */
  readonly position: number;
  readonly setSize: number;
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
  const { position, setSize } = props;
  return useMemo(
    () => (
      <li
        role="treeitem"
        aria-level={2}
        aria-selected={selected}
        aria-setsize={setSize}
        aria-posinset={position}
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
          {dotted(rowFacts(variant, model?.disk?.measured, strings, figures, languageName))}
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
      strings,
      figures,
      languageName,
      onSelect,
      onChoose,
    ],
  );
}

function rowFacts(
  variant: PanelVariant,
  measured: PanelMeasured | undefined,
  strings: PanelStrings,
  figures: Figures,
  languageName: (code: string) => string,
): readonly string[] {
  const { sizeBytes, memoryBytes, languages, quantization, accuracy } = variant;
  const [onlyLanguage] = languages;
  return [
    sizeBytes === undefined ? strings.unknownSize : figures.bytes(sizeBytes),
    ...(memoryBytes === undefined ? [] : [fill(strings.needsMemory, figures.bytes(memoryBytes))]),
    ...(onlyLanguage === undefined
      ? []
      : [
          languages.length === 1
            ? languageName(onlyLanguage)
            : fill(strings.languagesCount, languages.length),
        ]),
    formatShortName(variant.format),
    ...(quantization === undefined ? [] : [quantization]),
    ...(accuracy?.werPercent === undefined
      ? []
      : [`WER ${figures.number(accuracy.werPercent, 2)} %`]),
    ...(measured === undefined
      ? []
      : [fill(strings.measuredSpeed, figures.factor(measured.realTimeFactor))]),
    ...(variant.gated ? [strings.gated] : []),
  ];
}
