import type { PanelStrings } from '../src/protocol/panelStrings';

/**
 * Reads the texts that the host wrote into the page; undefined when that isn't a flat object of texts. Host and page
 * are built together, so the set of names needs no check beyond that.
 */
export function readStrings(json: string): PanelStrings | undefined {
  const value: unknown = JSON.parse(json);
  return isStrings(value) ? value : undefined;
}

function isStrings(value: unknown): value is PanelStrings {
  return (
    typeof value === 'object' &&
    value !== null &&
    'title' in value &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}
