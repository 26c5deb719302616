import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelModel } from '../../src/protocol/panelSnapshot';
import type { ListedFamily } from '../store/listModels';
import { type KeyEffect, keyEffect, type ListItem } from '../store/listKeys';
import { openFamilies } from '../store/openFamilies';
import type { ListView } from '../store/viewState';
import { FamilyGroup, familyKey } from './FamilyGroup';
import { usePanel } from './panelContext';
import { type NamedItem, TypeAhead } from './typeAhead';

/** The families with their variants: a tree that the keyboard walks through. */
export function ModelSelector(props: {
  readonly listed: readonly ListedFamily[];
  readonly listView: ListView;
  readonly models: ReadonlyMap<string, PanelModel>;
  readonly downloads: ReadonlyMap<string, ModelDownloadProgress>;
  readonly recommendedId: string | undefined;
  readonly onChoose: (variantId: string) => void;
}) {
  const { strings, view, look } = usePanel();
  const { listed, listView, models, downloads, recommendedId, onChoose } = props;
  const tree = useRef<HTMLUListElement>(null);
  const [focused, setFocused] = useState<string | undefined>(view.selectedId);
  const [typeAhead] = useState(() => new TypeAhead(() => performance.now()));
  const open = useMemo(
    () => openFamilies(listed, models, recommendedId, listView, view.toggledFamilies),
    [listed, models, recommendedId, listView, view.toggledFamilies],
  );
  const items = useMemo(() => listItems(listed, open), [listed, open]);
  const focusKey = items.some(({ key }) => key === focused) ? focused : items[0]?.key;

  const onSelect = useCallback(
    (selectedId: string) => {
      setFocused(selectedId);
      look((now) => ({ ...now, selectedId }));
    },
    [look],
  );
  const onToggle = useCallback(
    (familyId: string) => {
      setFocused(familyKey(familyId));
      look((now) => ({
        ...now,
        toggledFamilies: now.toggledFamilies.includes(familyId)
          ? now.toggledFamilies.filter((id) => id !== familyId)
          : [...now.toggledFamilies, familyId],
      }));
    },
    [look],
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
    <ul ref={tree} role="tree" aria-label={strings.modelList} class="tree" onKeyDown={onKeyDown}>
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

/** What shows, by name: what typing finds. */
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
