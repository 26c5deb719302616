import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withHome } from '../common/paths';
import { parseUrl } from '../common/parseUrl';
import { AsrError, causeText, isCancellation } from '../common/asrError';
import { byteText } from '../common/byteText';
import type { Clock } from '../common/clock';
import { readTextWhenFree } from '../common/fileInUse';
import { localized } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import { isSecure, readText, requestFollowing, type Transport } from '../http';
import { defined } from '../protocol/defined';
import { type CatalogCopies, type CatalogCopy, sha256Of } from './catalogCopies';
import { type CatalogText, readCatalogText } from './readCatalogText';

/** The built-in catalog, with hundreds of models, is a fraction of this. */
const maxCatalogBytes = 5_000_000;
const headTimeoutMs = 10_000;
/** How long the first fetch of a catalog on the network may delay a list that is otherwise ready. */
const patienceMs = 3000;

interface ExtraCatalogDependencies {
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

function failed(location: string, message: string): CatalogText {
  return { models: [], problems: [{ location, message }] };
}

function pathOf(location: string): string {
  if (location.startsWith('file:')) return fileURLToPath(location);
  return withHome(location, homedir());
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
    return readCatalogText(await readTextWhenFree(file), location);
  } catch (error) {
    return failed(location, `can't be read: ${causeText(error)}`);
  }
}

/** Whether a catalog may come from this address: https, or http that does not leave this machine; no password in it. */
function isAllowed(url: URL): boolean {
  return url.username === '' && url.password === '' && isSecure(url);
}

/**
 * Fetches a catalog, at most 5 MB; the copy that is here when the server says that it has not changed. No credential is
 * ever sent. Rejects with `notFound`, `unsupported` or as the transport does.
 */
async function fetchCatalog(
  { transport, userAgent }: ExtraCatalogDependencies,
  address: string,
  copy: CatalogCopy | undefined,
  signal: AbortSignal,
): Promise<CatalogCopy> {
  const { url, response } = await requestFollowing(transport, {
    url: address,
    ifNoneMatch: copy?.etag,
    userAgent,
    signal,
    headTimeoutMs,
    check(target) {
      if (isAllowed(target)) return;
      throw new AsrError('unsupported', localized('A catalog’s address must begin with https://.'));
    },
  });
  if (response.status === 200) {
    const text = await readText(response, maxCatalogBytes);
    return { text, ...defined({ etag: response.headers['etag'] }) };
  }
  response.discard();
  if (response.status === 304 && copy !== undefined) return copy;
  const { host } = url;
  throw new AsrError(
    response.status === 404 || response.status === 410 ? 'notFound' : 'network',
    localized('{0} answered with status {1} instead of a catalog.', host, response.status),
    { details: { host } },
  );
}

/** A catalog that moved again and again leads nowhere. */
const mostSuccessors = 3;

/** The address that a catalog names as its successor, when it may be asked. */
function successorOf(text: string): string | undefined {
  const { successor } = readCatalogText(text, '');
  const url = successor === undefined ? undefined : parseUrl(successor);
  return url !== undefined && isAllowed(url) ? url.href : undefined;
}

/** The local copy of a catalog: the last one, or that of its successor. */
async function keptText(copies: CatalogCopies, address: string): Promise<string | undefined> {
  let text = (await copies.read(address))?.text;
  for (let hop = 0; hop < mostSuccessors && text !== undefined; hop += 1) {
    const successor = successorOf(text);
    const next = successor === undefined ? undefined : await copies.read(successor);
    if (next === undefined) break;
    ({ text } = next);
  }
  return text;
}

/**
 * The catalog as its server has it now, or its successor where it names one that can be had. What can be read is kept for
 * when the network is gone.
 */
async function freshText(
  dependencies: ExtraCatalogDependencies,
  address: string,
  signal: AbortSignal,
  hop = 0,
): Promise<string> {
  const { copies, logger } = dependencies;
  const copy = await copies.read(address);
  const fetched = await fetchCatalog(dependencies, address, copy, signal);
  const { text } = fetched;
  const isReadable = readCatalogText(text, address).name !== undefined;
  if (fetched !== copy && isReadable) await copies.write(address, fetched);
  const successor = successorOf(text);
  if (successor === undefined || hop >= mostSuccessors) return text;
  try {
    return await freshText(dependencies, successor, signal, hop + 1);
  } catch (error) {
    if (isCancellation(error)) throw error;
    logger.warn(`catalog: the successor of an extra catalog can't be fetched: ${causeText(error)}`);
    return text;
  }
}

/** A location with the digest that the setting pins its text to: `https://…/catalog.json#sha256=…`. */
function pinOf(location: string): { readonly address: string; readonly sha256?: string } {
  const [address = location, sha256] = location.split(/#sha256=([0-9a-f]{64})$/i);
  return { address, ...defined({ sha256: sha256?.toLowerCase() }) };
}

/** A pinned catalog: its bytes never change, so that a copy of them is as good as the network. */
async function readPinned(
  location: string,
  { address, sha256 }: { readonly address: string; readonly sha256: string },
  dependencies: ExtraCatalogDependencies,
  signal: AbortSignal,
): Promise<ExtraCatalog> {
  const { copies } = dependencies;
  const copy = await copies.read(location);
  if (copy !== undefined && sha256Of(copy.text) === sha256) {
    return { now: readCatalogText(copy.text, location) };
  }
  const fresh = fetchCatalog(dependencies, address, undefined, signal).then(
    async ({ text }) => {
      const found = sha256Of(text);
      if (found !== sha256) {
        return failed(location, `its sha256 is ${found}, which is not the one in the setting`);
      }
      await copies.write(location, { text });
      return readCatalogText(text, location);
    },
    (error: unknown) =>
      isCancellation(error) ? undefined : failed(location, `can't be fetched: ${causeText(error)}`),
  );
  return inTime(fresh, location, dependencies.clock);
}

async function readRemote(
  location: string,
  dependencies: ExtraCatalogDependencies,
  signal: AbortSignal,
): Promise<ExtraCatalog> {
  const { copies, logger } = dependencies;
  const { address, sha256 } = pinOf(location);
  if (sha256 !== undefined) {
    return await readPinned(location, { address, sha256 }, dependencies, signal);
  }
  const copy = await keptText(copies, address);
  const kept = copy === undefined ? undefined : readCatalogText(copy, location);

  const fresh = freshText(dependencies, address, signal).then(
    (text) => {
      if (text === copy) return undefined;
      const read = readCatalogText(text, location);
      return read.name === undefined && kept !== undefined
        ? { ...kept, problems: read.problems }
        : read;
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

/** Whether a location is on the network: it changes there without a word to us. */
export function isRemote(location: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location) && !location.startsWith('file:');
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
  if (!isRemote(location)) {
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
