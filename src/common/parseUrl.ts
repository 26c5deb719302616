/**
 * An absolute address, or one that is relative to `base`; undefined when it can't be read. Not by `URL.canParse`: once the
 * engine has optimized its callers, that one refuses hosts with Latin-1 letters in Node 20.
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
