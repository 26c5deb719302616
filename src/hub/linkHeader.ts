/**
 * The `rel="next"` target of a `Link` header, as it stands there; undefined when there is none (hub-protocol 1.2).
 * Addresses may hold commas and semicolons, so the angle brackets are what separates, not the commas.
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const [, target, parameters] of header.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:[;,]|$)/i.test(parameters ?? '')) {
      return target;
    }
  }
  return undefined;
}
