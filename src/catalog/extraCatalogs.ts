import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseUrl } from '../common/parseUrl';
import { AsrError, causeText, isCancellation } from '../common/asrError';
import { byteText } from '../common/byteText';
import type { Clock } from '../common/clock';
import { localized } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import { isSecure, readText, requestFollowing, type Transport } from '../http';
import { type CatalogText, readCatalogText } from './readCatalogText';

/** The built-in catalog, with hundreds of models, is a fraction of this. */
const maxCatalogBytes = 5_000_000;
const headTimeoutMs = 10_000;
/** How long the first fetch of a catalog on the network may delay a list that is otherwise ready. */
const patienceMs = 3000;

export interface ExtraCatalogDependencies {
  readonly transport: Transport;
  readonly copies: CatalogCopies;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An extra catalog as it is known now, and its newer form when that is still being fetched. */
export interface ExtraCatalog {
  readonly now: CatalogText;
  /** Settles with what the network has, or with undefined when that is the same; never rejects. */
  readonly later?: Promise<CatalogText | undefined>;
}

/** The files of {@link CatalogCopies}; anything else in the folder belongs to another program. */
const copyName = /^(?:[0-9a-f]{64}\.json|[0-9a-f-]{36}\.tmp)$/;

/**
 * Copies of the catalogs on the network, for when it can't be reached: one file in a folder for each address,
 * written whole or not at all. Losing one is no failure.
 */
export class CatalogCopies {
  readonly #folder: string;
  readonly #logger: Logger;

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  async read(address: string): Promise<string | undefined> {
    try {
      return await readFile(this.#fileOf(address), 'utf8');
    } catch {
      return undefined;
    }
  }

  async write(address: string, text: string): Promise<void> {
    const temporary = path.join(this.#folder, `${randomUUID()}.tmp`);
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(temporary, text);
      await rename(temporary, this.#fileOf(address));
    } catch (error) {
      this.#logger.warn(
        `catalog: the copy of an extra catalog could not be kept: ${causeText(error)}`,
      );
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** Bytes of all copies. */
  async bytes(): Promise<number> {
    const sizes = await Promise.all(
      (await this.#files()).map((file) =>
        stat(file).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Removes all copies, and their folder when nothing else is in it. */
  async remove(): Promise<void> {
    for (const file of await this.#files()) await rm(file, { force: true });
    // The folder stays when something else is in it.
    await rmdir(this.#folder).catch(() => undefined);
  }

  #fileOf(address: string): string {
    const name = createHash('sha256').update(address).digest('hex');
    return path.join(this.#folder, `${name}.json`);
  }

  async #files(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => copyName.test(name)).map((name) => path.join(this.#folder, name));
  }
}

function failed(location: string, message: string): CatalogText {
  return { models: [], problems: [{ location, message }] };
}

function pathOf(location: string): string {
  if (location.startsWith('file:')) return fileURLToPath(location);
  return /^~[/\\]/.test(location) ? path.join(homedir(), location.slice(2)) : location;
}

async function readLocal(location: string): Promise<CatalogText> {
  try {
    const file = pathOf(location);
    if (!path.isAbsolute(file)) return failed(location, 'the path must be absolute');
    // Checked before it is opened: opening a pipe waits, and a device has no end.
    const facts = await stat(file);
    if (!facts.isFile()) return failed(location, 'not a file');
    if (facts.size > maxCatalogBytes) {
      return failed(location, `larger than ${byteText(maxCatalogBytes)}`);
    }
    return readCatalogText(await readFile(file, 'utf8'), location);
  } catch (error) {
    return failed(location, `can't be read: ${causeText(error)}`);
  }
}

/** Whether a catalog may come from this address: https, or http that does not leave this machine; no password in it. */
function isAllowed(url: URL): boolean {
  return url.username === '' && url.password === '' && isSecure(url);
}

/**
 * Fetches a catalog's text, at most 5 MB. No credential is ever sent. Rejects with `notFound`, `unsupported` or as the
 * transport does.
 */
async function fetchCatalog(
  { transport, userAgent }: ExtraCatalogDependencies,
  address: string,
  signal: AbortSignal,
): Promise<string> {
  const { url, response } = await requestFollowing(transport, {
    url: address,
    userAgent,
    signal,
    headTimeoutMs,
    check(target) {
      if (isAllowed(target)) return;
      throw new AsrError('unsupported', localized('A catalog’s address must begin with https://.'));
    },
  });
  if (response.status === 200) return readText(response, maxCatalogBytes);
  response.discard();
  const { host } = url;
  throw new AsrError(
    response.status === 404 || response.status === 410 ? 'notFound' : 'network',
    localized('{0} answered with status {1} instead of a catalog.', host, response.status),
    { details: { host } },
  );
}

async function readRemote(
  location: string,
  dependencies: ExtraCatalogDependencies,
  signal: AbortSignal,
): Promise<ExtraCatalog> {
  const { copies, logger } = dependencies;
  const copy = await copies.read(location);
  const kept = copy === undefined ? undefined : readCatalogText(copy, location);

  const fresh = fetchCatalog(dependencies, location, signal).then(
    async (text) => {
      if (text === copy) return undefined;
      const read = readCatalogText(text, location);
      if (read.name !== undefined) await copies.write(location, text);
      else if (kept !== undefined) return { ...kept, problems: read.problems };
      return read;
    },
    (error: unknown) => {
      if (isCancellation(error)) return undefined;
      const message = `can't be fetched: ${causeText(error)}`;
      logger.warn(`catalog: an extra catalog ${message}`);
      const problem = { location, message };
      if (kept === undefined) return { models: [], problems: [problem] };
      const withCopy = { location, message: `${message}; its last copy is used` };
      return { ...kept, problems: [...kept.problems, withCopy] };
    },
  );
  if (kept !== undefined) return { now: kept, later: fresh };
  return inTime(fresh, location, dependencies.clock);
}

/** Waits a little for the network; a catalog that takes longer comes in `later`. */
function inTime(
  fresh: Promise<CatalogText | undefined>,
  location: string,
  clock: Clock,
): Promise<ExtraCatalog> {
  return new Promise((resolve) => {
    const timer = clock.after(patienceMs, () =>
      resolve({ now: failed(location, 'has not answered yet'), later: fresh }),
    );
    void fresh.then((read) => {
      timer.dispose();
      resolve({ now: read ?? failed(location, 'was not fetched') });
    });
  });
}

/**
 * Reads the extra catalog at a path or an address. Never rejects. One on the network is read from its last copy at once
 * and fetched again at the same time.
 */
export async function readExtraCatalog(
  location: string,
  dependencies: ExtraCatalogDependencies,
  signal: AbortSignal,
): Promise<ExtraCatalog> {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(location) || location.startsWith('file:')) {
    return { now: await readLocal(location) };
  }
  const url = parseUrl(location);
  if (url === undefined || !isAllowed(url)) {
    const message =
      'a catalog comes from a path, from https://, or from http:// on this machine, without a password in its address';
    return { now: failed(location.replace(/\/\/[^/@]*@/, '//…@'), message) };
  }
  return readRemote(location, dependencies, signal);
}
