import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** What lies in the archive under this folder is the extension; beside it are the gallery's own files. */
const extensionFolder = 'extension/';

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;

/** Unpacks the extension of a VSIX as an editor does, so that tests run what is published and not the source tree. */
export async function unpackVsix(vsixPath: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const { name, bytes } of zipEntries(await readFile(vsixPath))) {
    if (!name.startsWith(extensionFolder) || name.endsWith('/')) continue;
    const target = path.join(folder, ...name.slice(extensionFolder.length).split('/'));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
}

/** The entries of a zip file by its central directory (PKWARE APPNOTE 4.3); stored or deflated ones. */
function* zipEntries(zip: Buffer): Generator<{ readonly name: string; readonly bytes: Buffer }> {
  // The end record has 22 bytes and a comment of at most 65535.
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== endOfDirectory) end -= 1;
  if (end < 0) throw new Error('This is no zip file.');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (zip.readUInt32LE(at) !== directoryEntry) throw new Error('The zip file is damaged.');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      zip.readUInt16LE(at + field),
    ) as [number, number, number];
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    yield { name, bytes: entryBytes(zip, at) };
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
}

function entryBytes(zip: Buffer, directoryAt: number): Buffer {
  const method = zip.readUInt16LE(directoryAt + 10);
  const packedBytes = zip.readUInt32LE(directoryAt + 20);
  const at = zip.readUInt32LE(directoryAt + 42);
  const start = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
  const packed = zip.subarray(start, start + packedBytes);
  if (method === 0) return packed;
  if (method === 8) return inflateRawSync(packed);
  throw new Error(`The zip file is packed in a way (${method}) that is not read here.`);
}
