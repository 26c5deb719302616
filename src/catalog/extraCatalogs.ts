import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { causeText, isCancellation } from '../common/asrError';
import { byteText } from '../common/byteText';
import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import type { Transport } from '../http';
import type { CatalogCopies } from './catalogCopies';
import { type CatalogText, readCatalogText } from './readCatalogText';
import { fetchCatalog, isAllowedAddress, maxCatalogBytes } from './remoteCatalog';

export interface ExtraCatalogDependencies {
  readonly transport: Transport;
  readonly copies: CatalogCopies;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An extra catalog as it can be had now, and its newer form when that is still on its way. */
export interface ExtraCatalog {
  readonly now: CatalogText;
  /** Settles with the answer of the network, or with undefined when it said the same; never rejects. */
  readonly later?: Promise<CatalogText | undefined>;
}

/** How long the first sight of a catalog on the network may hold up a list that is otherwise ready. */
const patienceMs = 3000;

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
    // Asked before it is opened: opening a pipe waits, and a device has no end.
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

async function readRemote(
  location: string,
  ports: ExtraCatalogDependencies,
  signal: AbortSignal,
): Promise<ExtraCatalog> {
  const { copies, logger } = ports;
  const copy = await copies.read(location);
  const kept = copy === undefined ? undefined : readCatalogText(copy, location);

  const fresh = fetchCatalog(ports.transport, location, ports.userAgent, signal).then(
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
      const note = { location, message: `${message}; its last copy is used` };
      return { ...kept, problems: [...kept.problems, note] };
    },
  );
  if (kept !== undefined) return { now: kept, later: fresh };
  return inTime(fresh, location, ports.clock);
}

/** Waits a little for the network; what takes longer comes later. */
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
 * Reads the extra catalog at a path or an address. Never rejects. One that lies on the network is taken from its last
 * copy at once and asked for anew at the same time.
 */
export async function readExtraCatalog(
  location: string,
  ports: ExtraCatalogDependencies,
  signal: AbortSignal,
): Promise<ExtraCatalog> {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(location) || location.startsWith('file:')) {
    return { now: await readLocal(location) };
  }
  if (!isAllowedAddress(location)) {
    const message =
      'a catalog comes from a path, from https://, or from http:// on this machine, without a password in its address';
    return { now: failed(location.replace(/\/\/[^/@]*@/, '//…@'), message) };
  }
  return readRemote(location, ports, signal);
}
