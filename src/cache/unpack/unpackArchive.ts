import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { AsrError, Cancelled } from '../../common/asrError';
import { byteText } from '../../common/byteText';
import { localized } from '../../common/localizedMessage';
import type { ArchiveKind } from './archiveKind';
import type { UnpackAnswer, UnpackOrder } from './messages';

/** A model has a few files; the largest archives on offer have some dozens. */
const mostFiles = 2000;
/** bzip2 packs weights to no less than a third: what would become much larger is made to fill the disk. */
const mostGrowth = 20;
const alwaysAllowedBytes = 50_000_000;

interface UnpackOptions {
  /** The bundle of the thread (`dist/unpackWorker.js`). */
  readonly workerPath: string;
  readonly archiveBytes: number;
  /** The bytes that may be written to the disk of the folder. */
  readonly freeBytes: number;
  readonly signal?: AbortSignal;
  /** How much of the archive is read. */
  readonly onBytes?: (readBytes: number) => void;
}

/**
 * Unpacks an archive into an empty folder, in a thread of its own. Rejects with Cancelled, `unsupported` (a name that leads
 * out of the folder, too many files, no files), `diskSpace`, `integrity` (it can't be read); the folder may then hold a
 * part, and belongs to the caller, as always.
 */
export async function unpackArchive(
  archivePath: string,
  archive: ArchiveKind,
  folder: string,
  { workerPath, archiveBytes, freeBytes, signal, onBytes }: UnpackOptions,
): Promise<void> {
  const isCancelled = (): boolean => signal?.aborted === true;
  if (isCancelled()) throw new Cancelled();
  const reasonable = Math.max(alwaysAllowedBytes, archiveBytes * mostGrowth);
  const order: UnpackOrder = {
    archivePath,
    archive,
    folder,
    mostFiles,
    mostBytes: Math.min(reasonable, freeBytes),
  };
  const worker = new Worker(workerPath, { workerData: order });
  const name = path.basename(archivePath);
  const cancel = (): void => void worker.terminate();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (answer: UnpackAnswer) => {
        if (answer.kind === 'progress') onBytes?.(answer.readBytes);
        else if (answer.kind === 'done') resolve();
        else if (answer.kind === 'refused') reject(refusal(name, answer, reasonable > freeBytes));
        else reject(broken(name, answer.message, answer.code));
      });
      worker.on('error', (error) => reject(broken(name, error.message)));
      worker.on('exit', () => reject(broken(name, 'the thread ended')));
    });
  } catch (error) {
    throw isCancelled() ? new Cancelled() : error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    await worker.terminate();
  }
}

function refusal(
  name: string,
  { why, what }: Extract<UnpackAnswer, { kind: 'refused' }>,
  isFull: boolean,
): AsrError {
  switch (why) {
    case 'path':
      return new AsrError(
        'unsupported',
        localized(
          '{0} holds the name “{1}”, which leads out of its folder or can’t be written everywhere, so nothing of it was unpacked. Get it from another source.',
          name,
          what,
        ),
      );
    case 'files':
      return new AsrError(
        'unsupported',
        localized('{0} holds more than {1} files, which no model has.', name, what),
      );
    case 'empty':
      return new AsrError('unsupported', localized('{0} holds no files.', name));
    case 'space':
      return isFull
        ? new AsrError(
            'diskSpace',
            localized(
              'There is not enough space to unpack {0}: it takes {1} or more. Free some, then try again.',
              name,
              byteText(Number(what)),
            ),
          )
        : new AsrError(
            'unsupported',
            localized(
              '{0} would become far larger than any model when it is unpacked ({1} or more).',
              name,
              byteText(Number(what)),
            ),
          );
  }
}

function broken(name: string, message: string, code?: string): AsrError {
  const cause = new Error(code === undefined ? message : `${code}: ${message}`);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AsrError(
      'diskSpace',
      localized(
        'The disk became full while {0} was unpacked. Free some space, then try again.',
        name,
      ),
      { cause },
    );
  }
  return new AsrError(
    'integrity',
    localized('{0} can’t be unpacked: it is damaged or cut off. Download it again.', name),
    { cause },
  );
}
