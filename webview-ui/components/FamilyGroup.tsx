import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelModel } from '../../src/protocol/panelSnapshot';
import type { ListedFamily } from '../store/listModels';
import { fill, fillCount } from '../text/fill';
import { Icon } from './Icon';
import { usePanel } from './panelContext';
import { VariantRow } from './VariantRow';

/** A family: its heading, which folds, and its variants. */
export function FamilyGroup(props: {
  readonly listed: ListedFamily;
  readonly open: boolean;
  /** Its place (from 1) among the listed families. */
  readonly position: number;
  readonly setSize: number;
  readonly models: ReadonlyMap<string, PanelModel>;
  readonly downloads: ReadonlyMap<string, ModelDownloadProgress>;
  readonly recommendedId: string | undefined;
  readonly selectedId: string | undefined;
  /** The item that Tab reaches: a family's or a variant's key. */
  readonly focusKey: string | undefined;
  readonly onToggle: (familyId: string) => void;
  readonly onSelect: (variantId: string) => void;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings } = usePanel();
  const { family, variants } = props.listed;
  const here = variants.filter(({ id }) => props.models.get(id)?.state === 'downloaded').length;
  const key = familyKey(family.id);
  const count = fillCount(strings.familyCountOne, strings.familyCount, variants.length);
  return (
    <li role="none">
      <div
        role="treeitem"
        aria-level={1}
        aria-expanded={props.open}
        aria-setsize={props.setSize}
        aria-posinset={props.position}
        class="family-heading"
        tabIndex={props.focusKey === key ? 0 : -1}
        data-item={key}
        onClick={() => props.onToggle(family.id)}
      >
        <span class={props.open ? 'twistie twistie-open' : 'twistie'}>
          <Icon name="chevron" />
        </span>
        <span class="family-name">{family.name}</span>
        <span class="family-count">
          {count}
          {here > 0 ? ` · ${fill(strings.familyDownloaded, here)}` : ''}
        </span>
      </div>
      {props.open ? (
        <>
          {family.description === undefined ? null : (
            <p class="family-description">{family.description}</p>
          )}
          <ul role="none">
            {variants.map((variant, at) => (
              <VariantRow
                key={variant.id}
                variant={variant}
                model={props.models.get(variant.id)}
                download={props.downloads.get(variant.id)}
                position={at + 1}
                setSize={variants.length}
                recommended={props.recommendedId === variant.id}
                selected={props.selectedId === variant.id}
                focusable={props.focusKey === variant.id}
                onSelect={props.onSelect}
                onChoose={props.onChoose}
              />
            ))}
          </ul>
        </>
      ) : null}
    </li>
  );
}

/** A family's key in the list: no variant's id can be the same. */
export function familyKey(familyId: string): string {
  return `family/${familyId}`;
}
