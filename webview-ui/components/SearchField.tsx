import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './Icon';
import { usePanel } from './panelContext';

/** The search box. Escape empties it. */
export function SearchField(props: {
  readonly value: string;
  readonly onInput: (value: string) => void;
}) {
  const { strings } = usePanel();
  const { value, onInput } = props;
  const element = useRef<HTMLElement & { value?: string }>(null);
  useLayoutEffect(() => {
    const field = element.current;
    if (field === null || field.value === value) return;
    field.value = value;
    // The element shows it a frame later; a letter that is typed before would join what stood there.
    const input = field.shadowRoot?.querySelector('input');
    if (input instanceof HTMLInputElement) input.value = value;
  }, [value]);
  useLayoutEffect(() => {
    // When it is connected the element names itself "Text field", over any label that it was given.
    element.current?.setAttribute('aria-label', strings.searchLabel);
  }, [strings]);
  return (
    <div class="search">
      <vscode-text-field
        ref={element}
        id="search"
        placeholder={strings.searchPlaceholder}
        onInput={() => onInput(element.current?.value ?? '')}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || value === '') return;
          event.preventDefault();
          onInput('');
        }}
      />
      {value === '' ? null : (
        <button
          type="button"
          class="icon-button search-clear"
          aria-label={strings.clearSearch}
          title={strings.clearSearch}
          onClick={() => {
            onInput('');
            element.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
