import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { get } from 'node:http';
import path from 'node:path';
import { causeText } from '../common/asrError';
import { writeFileAtomically } from '../common/atomicFile';
import { errnoOf } from '../common/fileErrors';
import { openForReading, removeWhenFree } from '../common/fileInUse';
import { isObject, parseJson } from '../common/json';
import type { Logger } from '../common/logger';
import { isProcessRunning } from '../common/process';

/** The address of a server, as its file tells it to other programs of the same user. */
export interface ServerAddress {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  readonly version: string;
}

/** A file is a few hundred bytes. */
const maxBytes = 10_000;
/** A temporary file that is older was left by a process that was killed. */
const temporaryMs = 60_000;
const probeMs = 1_000;

/** The written files, until they are withdrawn. */
export interface Announcement {
  /** Removes the files that still name this server. */
  withdraw(): Promise<void>;
}

/**
 * Writes the address into each file, readable by this user alone. A file that names a living server of another process
 * is left as it is. What can't be written is logged: the server works without.
 */
export async function announce(
  files: readonly string[],
  address: ServerAddress,
  logger: Logger,
): Promise<Announcement> {
  const written: string[] = [];
  for (const file of files) {
    try {
      const other = await readAddress(file);
      if (other !== undefined && (await answers(other))) {
        logger.warn(`server: another server is named in ${path.basename(file)}; it stays there`);
        continue;
      }
      await writeAddress(file, address);
      written.push(file);
    } catch (error) {
      logger.warn(`server: its address could not be written: ${causeText(error)}`);
    }
  }
  return {
    async withdraw() {
      for (const file of written.splice(0)) await withdraw(file, address, logger);
    },
  };
}

/** The address in a file; undefined when there is none, or when it is not a file of this user alone. */
export async function readAddress(file: string): Promise<ServerAddress | undefined> {
  try {
    const handle = await openForReading(file);
    if (handle === undefined) return undefined;
    try {
      const { size, uid } = await handle.stat();
      if (size > maxBytes || isForeign(uid)) return undefined;
      return parseAddress(await handle.readFile('utf8'));
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

/** Removes a file whose server has ended without doing it. */
export async function removeStale(file: string): Promise<void> {
  const address = await readAddress(file);
  if (address === undefined || isProcessRunning(address.pid)) return;
  await removeWhenFree(file);
}

async function writeAddress(file: string, address: ServerAddress): Promise<void> {
  const folder = path.dirname(file);
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOldTemporaries(file);
  // The token is never in a file that others can read, not even for a moment: the mode comes with the file.
  const temporary = `${file}.${randomUUID()}.tmp`;
  const text = `${JSON.stringify(address)}\n`;
  await writeFileAtomically(file, text, { temporary, mode: 0o600, flush: false });
}

/** A process that was killed while it wrote leaves its temporary file. */
async function removeOldTemporaries(file: string): Promise<void> {
  const folder = path.dirname(file);
  const start = `${path.basename(file)}.`;
  for (const name of await fs.readdir(folder)) {
    if (!name.startsWith(start) || !name.endsWith('.tmp')) continue;
    const stats = await fs.lstat(path.join(folder, name)).catch(() => undefined);
    if (stats === undefined || Date.now() - stats.mtimeMs < temporaryMs) continue;
    await removeWhenFree(path.join(folder, name));
  }
}

/** Whether the server that a file names answers. A process id alone may be another program's by now. */
async function answers({ url, pid }: ServerAddress): Promise<boolean> {
  if (pid === process.pid || !isProcessRunning(pid)) return false;
  return await new Promise((resolve) => {
    const request = get(`${url}/api/status`, { timeout: probeMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

async function withdraw(
  file: string,
  { token, pid }: ServerAddress,
  logger: Logger,
): Promise<void> {
  const found = await readAddress(file);
  // The next server may have written its own meanwhile.
  if (found?.token !== token || found.pid !== pid) return;
  await removeWhenFree(file).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') logger.warn(`server: ${causeText(error)}`);
  });
}

function isForeign(uid: number): boolean {
  const own = process.getuid?.();
  return own !== undefined && uid !== own;
}

function parseAddress(text: string): ServerAddress | undefined {
  const json = parseJson(text);
  if (!isObject(json)) return undefined;
  const { url, port, token, pid, version } = json;
  if (typeof url !== 'string' || typeof token !== 'string' || typeof version !== 'string')
    return undefined;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(url)) return undefined;
  return /^[\x21-\x7e]{16,}$/.test(token) ? { url, port, token, pid, version } : undefined;
}
