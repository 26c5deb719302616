/**
 * The `rel="next"` target of a `Link` header, unchanged; undefined when there is none
 * (docs/hub-protocol.md section 1.3). The targets may contain commas and semicolons, so they are separated by their
 * angle brackets.
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
