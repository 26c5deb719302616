import { useEffect, useRef } from 'preact/hooks';
import type { ViewState } from '../store/viewState';

/**
 * Puts the list back where it was once it is drawn, and keeps where it is. In a wide panel the list scrolls by
 * itself, in a narrow one the page does; scroll events of both are caught on the way down.
 */
export function useKeptScroll(
  drawn: boolean,
  scrollTop: number,
  look: (change: (view: ViewState) => ViewState) => void,
): void {
  const initial = useRef(scrollTop);
  useEffect(() => {
    if (!drawn) return;
    for (const element of scrollers()) element.scrollTop = initial.current;
    const onScrollEnd = ({ target }: Event): void => {
      const element = target === document ? document.scrollingElement : target;
      if (!(element instanceof Element) || !scrollers().includes(element)) return;
      const top = element.scrollTop;
      look((now) => (now.scrollTop === top ? now : { ...now, scrollTop: top }));
    };
    document.addEventListener('scrollend', onScrollEnd, { capture: true });
    return () => document.removeEventListener('scrollend', onScrollEnd, { capture: true });
  }, [drawn, look]);
}

function scrollers(): readonly Element[] {
  return [
    document.scrollingElement,
    ...document.querySelectorAll('.list-pane, .downloaded'),
  ].filter((element) => element !== null);
}
