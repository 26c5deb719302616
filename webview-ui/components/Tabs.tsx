import { useRef } from 'preact/hooks';
import type { ViewState } from '../store/viewState';

type Tab = ViewState['tab'];

/** The two halves of the panel. Arrow keys, Home and End walk between the tabs, as tabs do. */
export function Tabs(props: {
  readonly tabs: readonly { readonly id: Tab; readonly text: string; readonly count?: number }[];
  readonly current: Tab;
  readonly onChange: (tab: Tab) => void;
}) {
  const element = useRef<HTMLDivElement>(null);
  return (
    <div
      ref={element}
      role="tablist"
      class="tabs"
      onKeyDown={(event) => {
        const at = props.tabs.findIndex(({ id }) => id === props.current);
        const index = indexAfter(event.key, at);
        const next = index === undefined ? undefined : props.tabs.at(index % props.tabs.length);
        if (next === undefined) return;
        event.preventDefault();
        props.onChange(next.id);
        element.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
      }}
    >
      {props.tabs.map(({ id, text, count }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          class="tab"
          aria-selected={id === props.current}
          aria-controls="tab-content"
          tabIndex={id === props.current ? 0 : -1}
          onClick={() => props.onChange(id)}
        >
          {text}
          {count === undefined || count === 0 ? null : <span class="tab-count">{count}</span>}
        </button>
      ))}
    </div>
  );
}

/** Which tab a key leads to from the one at `at`, counted from the end when negative. */
function indexAfter(key: string, at: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return at + 1;
    case 'ArrowLeft':
      return at - 1;
    case 'Home':
      return 0;
    case 'End':
      return -1;
    default:
      return undefined;
  }
}
