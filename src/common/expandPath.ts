import { homedir } from 'node:os';

/**
 * A path as a person writes it, with `~`, `${userHome}`, `$NAME`, `${NAME}`, `${env:NAME}` and `%NAME%` expanded. A variable
 * that is not set stays as it is written.
 */
export function expandPath(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  home = homedir(),
): string {
  return text
    .replace(/^~(?=$|[\\/])/, () => home)
    .replace(
      /\$\{(?:env:)?(\w+)\}|\$(\w+)|%(\w+)%/g,
      (written: string, ...groups: (string | undefined)[]) => {
        const name = groups.slice(0, 3).find((group) => group !== undefined) ?? '';
        const value = name === 'userHome' ? home : (environment[name]?.trim() ?? '');
        return value === '' ? written : value;
      },
    );
}
