const paths = {
  check: 'M3 8.5l3.2 3.2L13 4.6',
  chevron: 'M6 3.5L10.5 8 6 12.5',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  download: 'M8 2.5v7.5M4.6 6.9L8 10.3l3.4-3.4M3 13h10',
  info: 'M8 7.2v4M8 4.7v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  search: 'M10.3 10.3L14 14M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0z',
  star: 'M8 2.2l1.7 3.7 4 .5-3 2.7.8 4L8 11.1l-3.5 2 .8-4-3-2.7 4-.5z',
  warning: 'M8 6.2v3.4M8 11.6v.1M8 2.3l6.1 11.2H1.9z',
  error: 'M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  back: 'M10 3.5L5.5 8l4.5 4.5',
} as const;

export type IconName = keyof typeof paths;

/** A line drawing in the text's colour. Decoration only: words beside it, or a label on its button, say the meaning. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
