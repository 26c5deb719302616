import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface DropdownChoice {
  readonly value: string;
  readonly text: string;
}

/**
 * A toolkit dropdown with its value under our control. Its options are drawn when somebody comes near: a hundred
 * languages cost more than the rest of the page, and are seldom looked at.
 */
export function Dropdown(props: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly DropdownChoice[];
  readonly onChange: (value: string) => void;
}) {
  const { label, value, choices, onChange } = props;
  const [wanted, setWanted] = useState(false);
  const drawn = wanted ? choices : choices.filter((choice) => choice.value === value);
  const element = useRef<HTMLElement & { value?: string }>(null);
  useLayoutEffect(() => {
    const dropdown = element.current;
    // The element forgets a value that none of its options had yet, so it is set again after they are drawn.
    if (dropdown !== null && dropdown.value !== value) dropdown.value = value;
  }, [value, choices, wanted]);
  return (
    <vscode-dropdown
      ref={element}
      class={value === choices[0]?.value ? 'filter' : 'filter filter-set'}
      aria-label={label}
      title={label}
      onPointerEnter={() => setWanted(true)}
      onFocusIn={() => setWanted(true)}
      onChange={() => {
        const chosen = element.current?.value;
        if (chosen !== undefined && chosen !== value) onChange(chosen);
      }}
    >
      {drawn.map((choice) => (
        <vscode-option key={choice.value} value={choice.value} selected={choice.value === value}>
          {choice.text}
        </vscode-option>
      ))}
    </vscode-dropdown>
  );
}
