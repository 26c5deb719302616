import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ListedFamily } from '../store/listModels';
import { usePanel } from './panelContext';

/** Rows that are scrolled past are not asked about: the list has stood still for this long. */
const settledMs = 300;

/**
 * Has the hub asked for the sizes of the rows in sight that no catalog states. An answer changes `listed`, and what is
 * still unknown then is asked for once more: the host skips what was answered already.
 */
export function useSizesInSight(
  tree: RefObject<HTMLElement>,
  options: {
    readonly enabled: boolean;
    readonly listed: readonly ListedFamily[];
    readonly open: ReadonlySet<string>;
  },
): void {
  const { store } = usePanel();
  const { enabled, listed, open } = options;
  useEffect(() => {
    const list = tree.current;
    if (!enabled || list === null) return undefined;
    const unknown = new Set(unknownSizes(listed, open));
    if (unknown.size === 0) return undefined;
    const inSight = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const id = target instanceof HTMLElement ? target.dataset['item'] : undefined;
        if (id === undefined) continue;
        if (isIntersecting) inSight.add(id);
        else inSight.delete(id);
      }
      clearTimeout(timer);
      if (inSight.size > 0) timer = setTimeout(() => store.requestSizes([...inSight]), settledMs);
    });
    for (const row of list.querySelectorAll<HTMLElement>('[role="treeitem"][data-item]'))
      if (unknown.has(row.dataset['item'] ?? '')) observer.observe(row);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [store, tree, enabled, listed, open]);
}

/** The variants that show, of which only the hub can say the size. */
function unknownSizes(
  listed: readonly ListedFamily[],
  open: ReadonlySet<string>,
): readonly string[] {
  return listed
    .filter(({ family }) => open.has(family.id))
    .flatMap(({ variants }) => variants)
    .filter(({ sizeBytes, hub }) => sizeBytes === undefined && hub === 'notAsked')
    .map(({ id }) => id);
}
