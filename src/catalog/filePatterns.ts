type Token =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'set'; readonly has: (char: string) => boolean };

function literal(wanted: string): Token {
  return { kind: 'set', has: (char) => char === wanted };
}

/** `[seq]` or `[!seq]` from the character after the bracket; undefined when the bracket is never closed. */
function readSet(
  chars: readonly string[],
  start: number,
): { token: Token; end: number } | undefined {
  const negated = chars[start] === '!';
  const first = negated ? start + 1 : start;
  const end = chars.indexOf(']', first + 1);
  if (end === -1) return undefined;
  const members = chars.slice(first, end);
  const ranges: (readonly [string, string])[] = [];
  for (let index = 0; index < members.length; index += 1) {
    const low = members[index] ?? '';
    const high = members[index + 1] === '-' ? members[index + 2] : undefined;
    ranges.push([low, high ?? low]);
    if (high !== undefined) index += 2;
  }
  const has = (char: string): boolean => ranges.some(([low, high]) => low <= char && char <= high);
  return { token: { kind: 'set', has: negated ? (char) => !has(char) : has }, end };
}

function compile(pattern: string): readonly Token[] {
  const slashed = pattern.replaceAll('\\', '/');
  const chars = Array.from(slashed.endsWith('/') ? `${slashed}*` : slashed);
  const tokens: Token[] = [];
  for (let index = 0; index < chars.length; index += 1) {
    const char = chars[index] ?? '';
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (char === '?') tokens.push({ kind: 'any' });
    else {
      const set = char === '[' ? readSet(chars, index + 1) : undefined;
      tokens.push(set?.token ?? literal(char));
      if (set !== undefined) index = set.end;
    }
  }
  return tokens;
}

/** Greedy with a step back to the last star only: at most length times length steps, whatever the pattern. */
function matches(tokens: readonly Token[], chars: readonly string[]): boolean {
  let token = 0;
  let char = 0;
  let star = -1;
  let starChar = 0;
  while (char < chars.length) {
    const current = tokens[token];
    if (current?.kind === 'star') {
      star = token;
      starChar = char;
      token += 1;
    } else if (current?.kind === 'any' || current?.has(chars[char] ?? '') === true) {
      token += 1;
      char += 1;
    } else if (star >= 0) {
      token = star + 1;
      starChar += 1;
      char = starChar;
    } else return false;
  }
  while (tokens[token]?.kind === 'star') token += 1;
  return token === tokens.length;
}

/**
 * Whether a path matches at least one of the patterns; without patterns every path matches. The syntax is that of the
 * Hub's own client, so that patterns copied from a script choose the same files (docs/hub-protocol.md section 6):
 * case-sensitive, `*` and `?` also match `/`, `[seq]` and `[!seq]`, a pattern that ends in `/` means everything below
 * it, back-slashes count as slashes.
 */
export function matchesPatterns(path: string, patterns: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  const chars = Array.from(path.replaceAll('\\', '/'));
  return patterns.some((pattern) => matches(compile(pattern), chars));
}

/** A pattern that matches exactly this path. */
export function exactPattern(path: string): string {
  return path.replace(/[*?[]/g, (char) => `[${char}]`);
}

/** The path of a pattern that {@link exactPattern} made; undefined for one that may match several. */
export function exactPath(pattern: string): string | undefined {
  const path = pattern.replace(/\[([*?[])\]/g, '$1');
  return exactPattern(path) === pattern && !pattern.endsWith('/') ? path : undefined;
}
