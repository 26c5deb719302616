import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { isObject } from '../../src/common/json';
import { runCommand } from '../process/runCommand';
import { packFolder } from './packFolder';
import { targetFor, type PackageTarget } from './platforms';
import { stage } from './stage';

/** The folder with the contents of the VSIX for this machine. */
export const stagedFolder = path.resolve('out', 'package', 'here');

const vsixPath = path.resolve('out', 'asr-model-manager.vsix');

/** Names the universal VSIX that a run of the tests has packed before its journeys. */
export const universalVariable = 'ASR_TEST_UNIVERSAL_VSIX';

/** The folder of the archive that is the extension; the other files are for the gallery. */
const extensionFolder = 'extension/';

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;

/** One run packs once, however many tiers need it. */
let packed: Promise<string> | undefined;
let packedUniversal: Promise<string> | undefined;

/**
 * Builds the production bundles and packs them, with the runtimes of this machine, as a VSIX for `npm start` and the
 * journeys. Returns its absolute path.
 */
export function packageExtension(): Promise<string> {
  packed ??= runCommand(process.execPath, ['esbuild.mjs', '--production']).then(() =>
    pack(targetFor(process.platform, process.arch), stagedFolder, vsixPath),
  );
  return packed;
}

/**
 * Packs the universal VSIX, with WebAssembly alone, from bundles that are built, or takes the one that
 * {@link universalVariable} names. Returns its absolute path.
 */
export function packageUniversal(): Promise<string> {
  const given = process.env[universalVariable];
  packedUniversal ??=
    given === undefined || given === '' ? packNewUniversal() : Promise.resolve(given);
  return packedUniversal;
}

async function packNewUniversal(): Promise<string> {
  const folder = path.resolve('out', 'package', 'universal-here');
  return await pack({}, folder, path.resolve('out', 'asr-model-manager-universal.vsix'));
}

/** The installed packages are enough: no network is needed. */
async function pack(target: PackageTarget, folder: string, outPath: string): Promise<string> {
  await stage(target, copyInstalledPackages, folder);
  await packFolder(folder, outPath, undefined);
  return outPath;
}

/** Copies the extension's own packages (not the development ones) from the node_modules of the project. Needs no network. */
async function copyInstalledPackages(folder: string): Promise<void> {
  const lock: unknown = JSON.parse(await readFile('package-lock.json', 'utf8'));
  const packages = isObject(lock) ? lock['packages'] : undefined;
  for (const [packagePath, entry] of Object.entries(isObject(packages) ? packages : {})) {
    const isOurs = packagePath !== '' && isObject(entry) && entry['dev'] !== true;
    // Optional packages of other platforms are in the lock file, but not on the disk.
    if (isOurs && existsSync(packagePath))
      await cp(packagePath, path.join(folder, packagePath), { recursive: true });
  }
}

/** Unpacks the extension of a VSIX as an editor does, so that the tests run the published files and not the source tree. */
export async function unpackVsix(vsixPath: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const { name, read } of zipEntries(await readFile(vsixPath))) {
    if (!name.startsWith(extensionFolder) || name.endsWith('/')) continue;
    const target = path.join(folder, ...name.slice(extensionFolder.length).split('/'));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, read());
  }
}

/** The packed size in bytes of each package in a VSIX, and of each other folder at its top; the largest first. */
export function packedSizes(zip: Buffer): readonly (readonly [part: string, bytes: number])[] {
  const sizes = new Map<string, number>();
  for (const { name, packedBytes } of zipEntries(zip)) {
    const part =
      /^extension\/(node_modules\/(?:@[^/]+\/)?[^/]+|[^/]+)/.exec(name)?.[1] ?? 'of the gallery';
    sizes.set(part, (sizes.get(part) ?? 0) + packedBytes);
  }
  return [...sizes].sort(([, a], [, b]) => b - a);
}

/** The text of one file of the extension in a VSIX; undefined where it has no such file. */
export async function textInVsix(vsix: string, name: string): Promise<string | undefined> {
  for (const entry of zipEntries(await readFile(vsix))) {
    if (entry.name === extensionFolder + name) return entry.read().toString('utf8');
  }
  return undefined;
}

interface ZipEntry {
  readonly name: string;
  readonly packedBytes: number;
  /** The unpacked contents. */
  readonly read: () => Buffer;
}

/** The entries of a zip file by its central directory (PKWARE APPNOTE 4.3); stored or deflated ones. */
function* zipEntries(zip: Buffer): Generator<ZipEntry> {
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
    const entryAt = at;
    yield {
      name,
      packedBytes: zip.readUInt32LE(at + 20),
      read: () => entryBytes(zip, entryAt),
    };
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
