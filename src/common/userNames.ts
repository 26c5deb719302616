/*
 * Names of users in paths, as every system writes them: `/home/anna`, `/Users/anna`, `C:\Users\Anna M`, the same in JSON
 * (`C:\\Users\\…`), in an address (`c%3A/Users/…`), seen from WSL (`/mnt/c/Users/…`) or by its short name (`ANNAM~1`).
 */
const separator = String.raw`(?:[/\\]+|%2F|%5C)`;
/**
 * Names with spaces are usual on Windows alone; one is taken for a part of the name when the path continues after it.
 */
const windowsName = String.raw`(?:[^/\\\r\n"'<>|:*?%]{1,60}?(?=\\|%5C)|[^/\\\s"'<>|:*?,;%]+)`;
const inUserFolder = new RegExp(
  `(?:[a-z](?::|%3A))?(?:/mnt/[a-z]|/var)?${separator}(?:home|Users|Documents and Settings)(?:` +
    `(?:\\\\+|%5C)${windowsName}|(?:/+|%2F)[^/\\\\\\s"'<>|:*?,;%]+)`,
  'gi',
);

/** A text in which every user's folder is `~`. `home`: this user's own, wherever it lies. */
export function withoutUserNames(text: string, home: string): string {
  // A home of the root user, or of none, is no name.
  const own = home.length > 3 ? [JSON.stringify(home).slice(1, -1), home] : [];
  const known = own.reduce((result, each) => result.replaceAll(each, '~'), text);
  return known.replace(inUserFolder, '~');
}
