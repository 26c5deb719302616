import { useLayoutEffect, useRef } from 'preact/hooks';

export interface DropdownChoice {
  readonly value: string;
  readonly text: string;
}

/** A toolkit dropdown with its value under our control. */
export function Dropdown(props: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly DropdownChoice[];
  readonly onChange: (value: string) => void;
}) {
  const { label, value, choices, onChange } = props;
  const element = useRef<HTMLElement & { value?: string }>(null);
  useLayoutEffect(() => {
    const dropdown = element.current;
    // The element forgets a value that none of its options had yet, so it is set again after they are drawn.
    if (dropdown !== null && dropdown.value !== value) dropdown.value = value;
  }, [value, choices]);
  return (
    <vscode-dropdown
      ref={element}
      class={value === choices[0]?.value ? 'filter' : 'filter filter-set'}
      aria-label={label}
      title={label}
      onChange={() => {
        const chosen = element.current?.value;
        if (chosen !== undefined && chosen !== value) onChange(chosen);
      }}
    >
      {choices.map((choice) => (
        <vscode-option key={choice.value} value={choice.value} selected={choice.value === value}>
          {choice.text}
        </vscode-option>
      ))}
    </vscode-dropdown>
  );
}
