import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError, causeText } from '../common/asrError';
import { systemClock } from '../common/clock';
import { errnoOf } from '../common/fileErrors';
import { removeWhenFree, retryInUse } from '../common/fileInUse';
import { localized } from '../common/localizedMessage';
import type { Logger } from '../common/logger';
import { isProcessRunning } from '../common/process';
import type { Exchange } from './exchange';
import { HttpError } from './httpError';
import { boundaryOf, type PartSink, readMultipart } from './multipart';

/** A field of a form is a word or a sentence; a prompt may be longer. */
const mostFieldBytes = 65_536;
/** The space on the disk that an upload must leave free. */
const spareBytes = 200_000_000;
/** The folder of a process, below the folder for uploads. */
const folderName = /^(\d{1,10})-[0-9a-f-]{36}$/;

/** A form that has arrived. */
export interface UploadedForm {
  /** Each field with its values. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** The recording; absent when the form has no `file`. */
  readonly filePath: string | undefined;
  /** Removes the file. Never rejects. */
  remove(): Promise<void>;
}

/** Recordings that clients send: each is a file of its own from its first byte, readable by this user alone, never in memory. */
export class Uploads {
  readonly #root: string;
  readonly #folder: string;
  readonly #logger: Logger;

  constructor(root: string, logger: Logger) {
    this.#root = root;
    this.#folder = path.join(root, `${String(process.pid)}-${randomUUID()}`);
    this.#logger = logger;
  }

  /** Removes what processes that were killed have left. */
  async sweep(): Promise<void> {
    for (const name of await fs.readdir(this.#root).catch((): string[] => [])) {
      const pid = Number(folderName.exec(name)?.[1] ?? process.pid);
      if (!isProcessRunning(pid)) await this.#remove(path.join(this.#root, name));
    }
  }

  /** Receives a form. Whatever goes wrong, no file of it is left. */
  async receive(exchange: Exchange, maxBytes: number): Promise<UploadedForm> {
    const { headers } = exchange.request;
    const boundary = boundaryOf(headers['content-type'] ?? '');
    await fs.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#checkSpace(Number(headers['content-length'] ?? 0));
    const fields = new Map<string, string[]>();
    let filePath: string | undefined;
    let handle: fs.FileHandle | undefined;
    const file = async (name: string): Promise<PartSink> => {
      if (filePath !== undefined) throw new HttpError(400, 'unsupported', 'Send one "file".');
      filePath = path.join(this.#folder, randomUUID() + safeEnding(name));
      const target = filePath;
      const opened = await retryInUse(systemClock, [target], () => fs.open(target, 'wx', 0o600));
      handle = opened;
      return {
        write: async (chunk) => {
          await opened.writeFile(chunk);
        },
        end: () => undefined,
      };
    };
    const remove = async (): Promise<void> => {
      await handle?.close().catch(() => undefined);
      if (filePath !== undefined) await this.#remove(filePath);
    };
    try {
      await readMultipart(exchange.body(maxBytes), boundary, ({ name, fileName }) =>
        name === 'file' ? file(fileName ?? '') : fieldSink(fields, name),
      );
      await handle?.close();
      handle = undefined;
    } catch (error) {
      await remove();
      throw errnoOf(error) === 'ENOSPC' ? diskFull(error) : error;
    }
    return { fields, filePath, remove };
  }

  /** Removes the folder of this process. */
  async dispose(): Promise<void> {
    await this.#remove(this.#folder);
    await retryInUse(systemClock, [this.#root], () => fs.rmdir(this.#root)).catch(() => undefined);
  }

  async #checkSpace(bytes: number): Promise<void> {
    const space = await fs.statfs(this.#folder).catch(() => undefined);
    if (space === undefined || space.bavail * space.bsize > bytes + spareBytes) return;
    throw diskFull(undefined);
  }

  async #remove(target: string): Promise<void> {
    await removeWhenFree(target).catch((error: unknown) => {
      this.#logger.warn(`server: an upload could not be removed: ${causeText(error)}`);
    });
  }
}

/** The end of a file's name tells ffmpeg and the WAV reader something; nothing else of the name is used. */
function safeEnding(fileName: string): string {
  return /\.[a-z0-9]{1,5}$/i.exec(fileName)?.[0].toLowerCase() ?? '';
}

function fieldSink(fields: Map<string, string[]>, name: string): PartSink {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    write: (chunk) => {
      bytes += chunk.length;
      if (bytes > mostFieldBytes) {
        throw new HttpError(413, 'unsupported', `The field ${name} is too long.`);
      }
      chunks.push(chunk);
    },
    end: () => {
      const values = fields.get(name) ?? [];
      values.push(Buffer.concat(chunks).toString('utf8'));
      fields.set(name, values);
    },
  };
}

function diskFull(cause: unknown): AsrError {
  return new AsrError(
    'diskSpace',
    localized('The disk has no room for the recording. Free some space and send it again.'),
    cause === undefined ? {} : { cause },
  );
}
