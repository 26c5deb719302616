import { Fragment } from 'preact';
import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { fill } from '../../src/protocol/format';
import type { PanelModel } from '../../src/protocol/panelSnapshot';
import {
  type KeyEffect,
  keyEffect,
  type ListItem,
  type NamedItem,
  TypeAhead,
} from '../store/listKeys';
import type { ListedFamily } from '../store/listModels';
import { openFamilies } from '../store/openFamilies';
import { isFiltering, type ListView } from '../store/viewState';
import { dotted } from '../text/unbroken';
import { modelSummary, placeText } from '../text/variantText';
import { Icon } from './controls';
import { VariantRow } from './VariantRow';
import { usePanel } from './panelContext';
import { useSizesInSight } from './useSizesInSight';

/** The models with their variants: a tree that the keyboard walks through. */
export function ModelSelector(props: {
  /** The name of the list; absent: the models on offer. */
  readonly label?: string;
  readonly listed: readonly ListedFamily[];
  readonly listView: ListView;
  readonly models: ReadonlyMap<string, PanelModel>;
  readonly downloads: ReadonlyMap<string, ModelDownloadProgress>;
  readonly recommendedId: string | undefined;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings, view, changeView } = usePanel();
  const { listed, listView, models, downloads, recommendedId, onChoose } = props;
  const tree = useRef<HTMLUListElement>(null);
  const [focused, setFocused] = useState<string | undefined>(view.selectedId);
  const [typeAhead] = useState(() => new TypeAhead(() => performance.now()));
  // Figures change several times a second: which models are open depends on the names alone.
  const downloading = [...downloads.keys()].join('\n');
  const open = useMemo(
    () =>
      openFamilies(
        listed,
        models,
        new Set(downloading.split('\n')),
        recommendedId,
        listView,
        view.toggledFamilies,
      ),
    [listed, models, downloading, recommendedId, listView, view.toggledFamilies],
  );
  const items = useMemo(() => listItems(listed, open), [listed, open]);
  useSizesInSight(tree, {
    // The hub is asked once a person has looked for something, not for opening the panel.
    enabled:
      props.label === undefined && (isFiltering(listView) || view.toggledFamilies.length > 0),
    listed,
    open,
  });
  const focusKey = items.some(({ key }) => key === focused) ? focused : items[0]?.key;

  const onSelect = useCallback(
    (selectedId: string) => {
      setFocused(selectedId);
      changeView((now) => ({ ...now, selectedId }));
    },
    [changeView],
  );
  const onToggle = useCallback(
    (familyId: string) => {
      setFocused(familyKey(familyId));
      changeView((now) => ({
        ...now,
        toggledFamilies: now.toggledFamilies.includes(familyId)
          ? now.toggledFamilies.filter((id) => id !== familyId)
          : [...now.toggledFamilies, familyId],
      }));
    },
    [changeView],
  );

  const onKeyDown = (event: KeyboardEvent): void => {
    if (focusKey === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    // Keys on a button inside of a row are the button's.
    if (event.target instanceof HTMLElement && event.target.dataset['item'] === undefined) return;
    const { key } = event;
    const isLetter = key.length === 1 && (key !== ' ' || typeAhead.isTyping);
    const effect = isLetter
      ? focusOn(typeAhead.find(namedItems(listed, open), focusKey, key))
      : keyEffect(items, focusKey, key);
    if (effect === undefined) return;
    event.preventDefault();
    const family = listed.find((each) => familyKey(each.family.id) === effect.key)?.family;
    if (effect.kind === 'toggle' && family !== undefined) onToggle(family.id);
    else if (effect.kind === 'choose') onChoose(effect.key);
    else if (family === undefined) onSelect(effect.key);
    else setFocused(effect.key);
    const target = tree.current?.querySelector<HTMLElement>(
      `[data-item="${CSS.escape(effect.key)}"]`,
    );
    target?.focus();
  };

  return (
    <ul
      ref={tree}
      role="tree"
      aria-label={props.label ?? strings.modelList}
      class="tree"
      onKeyDown={onKeyDown}
    >
      {listed.map((each, at) => (
        <FamilyGroup
          key={each.family.id}
          listed={each}
          open={open.has(each.family.id)}
          position={at + 1}
          setSize={listed.length}
          models={models}
          downloads={downloads}
          recommendedId={recommendedId}
          selectedId={view.selectedId}
          focusKey={focusKey}
          onToggle={onToggle}
          onSelect={onSelect}
          onChoose={onChoose}
        />
      ))}
    </ul>
  );
}

function focusOn(key: string | undefined): KeyEffect {
  return key === undefined ? undefined : { kind: 'focus', key };
}

/** The visible rows by name: typing finds them. */
function namedItems(
  listed: readonly ListedFamily[],
  open: ReadonlySet<string>,
): readonly NamedItem[] {
  return listed.flatMap(({ family, variants }) => [
    { key: familyKey(family.id), name: family.name },
    ...(open.has(family.id) ? variants.map(({ id, name }) => ({ key: id, name })) : []),
  ]);
}

function listItems(
  listed: readonly ListedFamily[],
  open: ReadonlySet<string>,
): readonly ListItem[] {
  return listed.flatMap(({ family, variants }) => {
    const parent = familyKey(family.id);
    const isOpen = open.has(family.id);
    return [
      { key: parent, open: isOpen },
      ...(isOpen ? variants.map(({ id }) => ({ key: id, parent })) : []),
    ];
  });
}

/** A model: its heading, which folds, and its variants. */
function FamilyGroup(props: {
  readonly listed: ListedFamily;
  readonly open: boolean;
  /** Its position (from 1) among the listed models. */
  readonly position: number;
  readonly setSize: number;
  readonly models: ReadonlyMap<string, PanelModel>;
  readonly downloads: ReadonlyMap<string, ModelDownloadProgress>;
  readonly recommendedId: string | undefined;
  readonly selectedId: string | undefined;
  /** The item that Tab reaches: a model's or a variant's key. */
  readonly focusKey: string | undefined;
  readonly onToggle: (familyId: string) => void;
  readonly onSelect: (variantId: string) => void;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings, figures, languageName } = usePanel();
  const { family, variants } = props.listed;
  const here = variants.filter(({ id }) => props.models.get(id)?.state === 'downloaded').length;
  const key = familyKey(family.id);
  const summary = [
    ...modelSummary(variants, strings, figures, languageName),
    ...(here > 0 ? [fill(strings.familyDownloaded, here)] : []),
    ...(family.facts === undefined ? [] : [family.facts]),
  ];
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
        <span class="family-count">{dotted(summary)}</span>
      </div>
      {props.open ? (
        <ul role="none">
          {variants.map((variant, at) => (
            <Fragment key={variant.id}>
              {variant.elsewhere === undefined ||
              variant.elsewhere === variants[at - 1]?.elsewhere ? null : (
                <li role="none" class="variant-place">
                  {placeText(variant.elsewhere, strings)}
                </li>
              )}
              <VariantRow
                variant={variant}
                model={props.models.get(variant.id)}
                download={props.downloads.get(variant.id)}
                position={at + 1}
                setSize={variants.length}
                alone={variants.length === 1}
                recommended={props.recommendedId === variant.id}
                selected={props.selectedId === variant.id}
                focusable={props.focusKey === variant.id}
                onSelect={props.onSelect}
                onChoose={props.onChoose}
              />
            </Fragment>
          ))}
        </ul>
      ) : null}
    </li>
  );
}

/** A model's key in the list: no variant's id can be the same. */
function familyKey(familyId: string): string {
  return `family/${familyId}`;
}
