/**
 * The thread that unpacks an archive, because decoding bzip2 takes all of a core. It writes plain files alone into a folder
 * that is empty: a link in an archive is passed over, and a name that leads out of the folder refuses the archive.
 */
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import unbzip2 from 'unbzip2-stream';
import { systemClock } from '../../common/clock';
import { openWhenFree, retryInUse } from '../../common/fileInUse';
import { isObject } from '../../common/json';
import { below } from '../../common/paths';
import { pathProblem } from '../safePath';
import type { UnpackAnswer, UnpackOrder } from './messages';

type Refusal = Extract<UnpackAnswer, { kind: 'refused' }>;

/** Ends the unpacking with a reason that the host makes a sentence of. */
class Refused extends Error {
  constructor(
    readonly why: Refusal['why'],
    readonly what: string,
  ) {
    super(`${why}: ${what}`);
  }
}

/** Unpacks the archive; gives back how many files it held. */
async function unpack(order: UnpackOrder): Promise<number> {
  const { archivePath, archive, folder, mostBytes, mostFiles } = order;
  let [readBytes, unpackedBytes, files] = [0, 0, 0];
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      readBytes += chunk.length;
      tell({ kind: 'progress', readBytes });
      done(null, chunk);
    },
  });
  const file = await openWhenFree(archivePath);
  const source = file.createReadStream({ highWaterMark: 262_144 });
  const fed = pipeline(source, counted);
  const tar = extract();
  const packed = archive === 'tar' ? counted : counted.pipe(decoder(archive));
  packed.on('error', (error: Error) => tar.destroy(error));
  fed.catch((error: unknown) => tar.destroy(error instanceof Error ? error : null));
  packed.pipe(tar);
  for await (const entry of tar) {
    const { name: listed, type, size } = entry.header;
    const name = listed.replace(/^(\.\/)+/, '');
    if (type !== 'file') {
      entry.resume();
      continue;
    }
    if (pathProblem(name) !== undefined) throw new Refused('path', listed);
    files += 1;
    unpackedBytes += size;
    if (files > mostFiles) throw new Refused('files', String(mostFiles));
    if (unpackedBytes > mostBytes) throw new Refused('space', String(unpackedBytes));
    const target = below(folder, name);
    await mkdir(path.dirname(target), { recursive: true });
    // `wx`: no entry may write over another, also where the disk takes two names for one.
    const made = await retryInUse(systemClock, [target], () => open(target, 'wx'));
    await pipeline(Readable.from(entry), made.createWriteStream());
  }
  if (files === 0) throw new Refused('empty', archivePath);
  return files;
}

function decoder(archive: 'tar.gz' | 'tar.bz2'): NodeJS.ReadWriteStream {
  return archive === 'tar.gz' ? createGunzip() : unbzip2();
}

function tell(answer: UnpackAnswer): void {
  parentPort?.postMessage(answer);
}

function isOrder(value: unknown): value is UnpackOrder {
  return isObject(value) && typeof value['archivePath'] === 'string';
}

const order: unknown = workerData;
if (isOrder(order)) {
  unpack(order).then(
    (files) => tell({ kind: 'done', files }),
    (error: unknown) => {
      if (error instanceof Refused) {
        tell({ kind: 'refused', why: error.why, what: error.what });
        return;
      }
      const message = error instanceof Error ? error.message : String(error);
      const code = isObject(error) && typeof error['code'] === 'string' ? error['code'] : undefined;
      tell({ kind: 'failed', message, ...(code === undefined ? {} : { code }) });
    },
  );
}
