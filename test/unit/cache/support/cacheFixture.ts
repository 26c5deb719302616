import { createHash } from 'node:crypto';
import { cpSync, existsSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  createModelStore,
  type ModelStore,
  type ModelStoreOptions,
  type OpenedModelStore,
  type SnapshotSpec,
} from '../../../../src/cache';
import { systemClock } from '../../../../src/common/clock';
import { digestHasher } from '../../../../src/common/digest';
import { silentLogger } from '../../../../src/common/logger';
import type { RepoFile } from '../../../../src/common/repository';

/** A file of a made-up repository. */
export interface MadeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly large: boolean;
}

export function made(filePath: string, content: string | Buffer, large = false): MadeFile {
  return { path: filePath, content: Buffer.from(content), large };
}

export function treeEntry(file: MadeFile): RepoFile {
  const gitOid = digestHasher('git-sha1', file.content.length).update(file.content).digest('hex');
  const sha256 = createHash('sha256').update(file.content).digest('hex');
  return {
    path: file.path,
    sizeBytes: file.content.length,
    digest: file.large
      ? { algorithm: 'sha256', hex: sha256 }
      : { algorithm: 'git-sha1', hex: gitOid },
    gitOid: file.large ? createHash('sha1').update(`pointer ${sha256}`).digest('hex') : gitOid,
  };
}

export function commitOf(seed: string): string {
  return createHash('sha1').update(seed).digest('hex');
}

export function specOf(
  repo: string,
  files: readonly MadeFile[],
  overrides: Partial<SnapshotSpec> = {},
): SnapshotSpec {
  return {
    repo,
    commit: commitOf(repo),
    revision: 'main',
    tree: files.map(treeEntry),
    paths: files.map((file) => file.path),
    ...overrides,
  };
}

/** In memory where the system has such a place: flushing a thousand tiny files to a disk is slow. */
function fastTemporary(): string {
  return process.platform === 'linux' && existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
}

/** A temporary folder with a cache in it, and the store over it. */
export class CacheFixture {
  readonly root: string;
  readonly hubRoot: string;
  readonly stateRoot: string;
  readonly store: ModelStore;

  private constructor(root: string, options: Partial<ModelStoreOptions>) {
    this.root = root;
    this.hubRoot = path.join(root, 'hub');
    this.stateRoot = path.join(root, 'state');
    this.store = this.open(options);
  }

  static async create(options: Partial<ModelStoreOptions> = {}): Promise<CacheFixture> {
    return new CacheFixture(await fs.mkdtemp(path.join(fastTemporary(), 'asr-store-')), options);
  }

  /** Over folders that are there. */
  static at(root: string, options: Partial<ModelStoreOptions> = {}): CacheFixture {
    return new CacheFixture(root, options);
  }

  /** The same folders elsewhere, links and times kept. */
  async copy(): Promise<CacheFixture> {
    const copy = await CacheFixture.create();
    // A thousand copies are made, of a dozen tiny files each: at once, they cost a third of what they cost in turns.
    cpSync(this.root, copy.root, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
    });
    await copy.#rewriteFolders(this.root);
    return copy;
  }

  /** The ledger of folders says where they are now. */
  async #rewriteFolders(oldRoot: string): Promise<void> {
    const file = path.join(this.stateRoot, 'folders.json');
    const text = await fs.readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) await fs.writeFile(file, text.replaceAll(oldRoot, this.root));
  }

  /** Another store over the same folders, as another window has one. */
  open(options: Partial<ModelStoreOptions> = {}): OpenedModelStore {
    return createModelStore({
      hubRoot: this.hubRoot,
      stateRoot: this.stateRoot,
      clock: systemClock,
      logger: silentLogger,
      ...options,
    });
  }

  hub(...parts: readonly string[]): string {
    return path.join(this.hubRoot, ...parts);
  }

  remove(): Promise<void> {
    // Windows keeps the name of a removed file until the last program closes it.
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
    return Promise.resolve();
  }
}

/** For a test of what is shared by links: rejects, as the system does, where it makes none. */
export async function needsLinks(cache: CacheFixture): Promise<void> {
  const link = path.join(cache.root, 'a link');
  await fs.symlink('nowhere', link);
  await fs.rm(link);
}

/** Downloads a model as the manager would: prepare, fill partials, publish, complete. */
export async function install(
  store: ModelStore,
  spec: SnapshotSpec,
  files: readonly MadeFile[],
): Promise<void> {
  const prepared = await store.prepare(spec);
  try {
    for (const file of prepared.files) {
      if (file.state === 'present') continue;
      const source = files.find((one) => one.path === file.entry.path);
      if (source === undefined) throw new Error(`no content for ${file.entry.path}`);
      // A partial that a kill has cut short is no verified one: the engine would resume it.
      const isWhole = (await sizeOf(file.partialPath)) === file.entry.sizeBytes;
      if (!isWhole && !isPublished(prepared.files, file.entry.path)) {
        await writeFlushed(file.partialPath, source.content);
        await fs.writeFile(file.journalPath, '{}');
      }
      await prepared.publish(file.entry.path);
    }
    await prepared.complete();
  } finally {
    await prepared.release();
  }
}

/** Writes a file as the engine leaves one that it has verified: on the disk itself. */
export async function writeFlushed(file: string, content: Uint8Array | string): Promise<void> {
  const handle = await fs.open(file, 'w');
  try {
    await handle.writeFile(content);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function isPublished(
  files: readonly { entry: RepoFile; state: string }[],
  filePath: string,
): boolean {
  return files.some((file) => file.entry.path === filePath && file.state === 'present');
}

async function sizeOf(place: string): Promise<number | undefined> {
  return await fs.lstat(place).then(
    ({ size }) => size,
    () => undefined,
  );
}

export async function exists(place: string): Promise<boolean> {
  return await fs.lstat(place).then(
    () => true,
    () => false,
  );
}

/** Every path below a folder, sorted, with what it is: for comparing a folder before and after. */
export async function listing(folder: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const walk = async (place: string, prefix: string): Promise<void> => {
    for (const item of await fs.readdir(place, { withFileTypes: true })) {
      const name = prefix + item.name;
      const inner = path.join(place, item.name);
      if (item.isDirectory()) {
        lines.push(`${name}/`);
        await walk(inner, `${name}/`);
      } else if (item.isSymbolicLink()) lines.push(`${name} -> ${await fs.readlink(inner)}`);
      else {
        const hash = createHash('sha256')
          .update(await fs.readFile(inner))
          .digest('hex');
        lines.push(`${name} ${hash}`);
      }
    }
  };
  if (await exists(folder)) await walk(folder, '');
  return lines.sort();
}
