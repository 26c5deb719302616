import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { withHome } from './paths';

/**
 * The folders and the token of other Hub clients on this machine, as the environment names them (docs/hub-protocol.md
 * section 4): their home, their caches and their token. An empty variable counts as not set, `~` and variables in a
 * path are expanded, and a path that is relative even then is passed over: the folder that this process happens to run
 * in means nothing to a person.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a token comes from, so that a person can find it; never the token itself. */
export type TokenPlace =
  | { readonly kind: 'secretStorage' }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string };

export interface HubToken {
  readonly token: string;
  readonly place: TokenPlace;
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

/**
 * A path with `~`, `$NAME`, `${NAME}` and `%NAME%` expanded, and as in the editor's settings `${env:NAME}` and `${userHome}`,
 * the home folder. A variable that is not set stays as it is written.
 */
export function expandPath(text: string, environment: Environment, home = homedir()): string {
  return withHome(text, home).replace(
    /\$\{(?:env:)?(\w+)\}|\$(\w+)|%(\w+)%/g,
    (written, ...names: (string | undefined)[]) => {
      const name = names.slice(0, 3).find((each) => each !== undefined) ?? '';
      return name === 'userHome' ? home : (filled(environment[name]) ?? written);
    },
  );
}

function folder(
  value: string | undefined,
  environment: Environment,
  home: string,
): string | undefined {
  const text = filled(value);
  const expanded = text === undefined ? undefined : expandPath(text, environment, home);
  return expanded !== undefined && path.isAbsolute(expanded) ? path.normalize(expanded) : undefined;
}

/** The folder in which the Hub's own tools keep their token and their cache. */
function hubHome(environment: Environment, home: string): string {
  const caches = folder(environment['XDG_CACHE_HOME'], environment, home);
  return (
    folder(environment['HF_HOME'], environment, home) ??
    path.join(caches ?? path.join(home, '.cache'), 'huggingface')
  );
}

/** The folders in which other tools keep their Hugging Face cache, most specific first. */
export function otherCaches(environment: Environment, home = homedir()): readonly string[] {
  const named = ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE'].map((name) =>
    folder(environment[name], environment, home),
  );
  const standard = path.join(home, '.cache', 'huggingface', 'hub');
  const all = [...named, path.join(hubHome(environment, home), 'hub'), standard];
  return [...new Set(all.filter((each) => each !== undefined))];
}

/** The token that other Hub clients use on this machine: of a variable, else of their token file; undefined without one. */
export async function environmentToken(
  environment: Environment,
  home = homedir(),
): Promise<HubToken | undefined> {
  if (/^(?:1|on|yes|true)$/i.test(environment['HF_HUB_DISABLE_IMPLICIT_TOKEN']?.trim() ?? '')) {
    return undefined;
  }
  for (const variable of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const token = cleanToken(environment[variable]);
    if (token !== undefined) return { token, place: { kind: 'environment', variable } };
  }
  const file =
    folder(environment['HF_TOKEN_PATH'], environment, home) ??
    path.join(hubHome(environment, home), 'token');
  const token = cleanToken(await readFile(file, 'utf8').catch(() => undefined));
  return token === undefined ? undefined : { token, place: { kind: 'file', path: file } };
}

/**
 * A token without what copying adds to it: space and characters of no width anywhere, quotation marks around it, the name of
 * its variable or `Bearer` before it. Undefined when nothing is left.
 */
export function cleanToken(text: string | undefined): string | undefined {
  const token = (text ?? '')
    .replace(/[\p{Cf}\p{Cc}\u2800]+/gu, ' ')
    .trim()
    .replace(/^(?:export\s+)?(?:HF_TOKEN|HUGGING_FACE_HUB_TOKEN)\s*=\s*/i, '')
    .replace(/^[\s\p{Pi}\p{Pf}\p{Ps}"'`<]+|[\s\p{Pi}\p{Pf}\p{Pe}"'`>]+$/gu, '')
    .replace(/^Bearer\s+/i, '')
    .replace(/\s+/g, '');
  return token === '' ? undefined : token;
}

/** Whether a token can stand in a header: printable ASCII without space. Any other was damaged when it was copied. */
export function isSendableToken(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/**
 * The address of a hub as it is meant: with `https://` where no scheme was written (`http://` for this machine), without a
 * slash at its end. Undefined when nothing was written; what can't be read stays as it is, so that it can be shown.
 */
export function hubAddress(text: string | undefined): string | undefined {
  const written = filled(text)?.replace(/(?<=[^/:])\/+$/, '');
  if (written === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(written)) return written;
  const isHere = /^(?:localhost|127\.|\[::1\])/i.test(written);
  return `${isHere ? 'http' : 'https'}://${written}`;
}
