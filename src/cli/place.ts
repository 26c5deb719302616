import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readTextWhenFree } from '../common/fileInUse';
import { AsrError } from '../common/asrError';
import { type Environment, expandPath } from '../common/hubEnvironment';
import { isObject, parseJson } from '../common/json';
import { localized } from '../common/localizedMessage';
import { UsageError } from './commandLine';

/** Where the models are, and where this program keeps what is its own (copies of catalogs, what the machine can do). */
export interface CachePlace {
  /** The folder with the models: a Hugging Face cache. */
  readonly hubRoot: string;
  readonly storagePath: string;
  /** The source of the folder's name. */
  readonly namedBy: 'option' | 'environment' | 'editor' | 'default';
}

/** The facts that the folder depends on, besides `--cache`. */
export interface Surroundings {
  readonly env: Environment;
  readonly home: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
}

const extensionId = 'asr-tools.asr-model-manager';

/** Folders of editors' settings, below the system's folder for settings. */
const editors = ['Code', 'Code - Insiders', 'Code - OSS', 'VSCodium', 'Cursor', 'Windsurf'];
/** Data folders of editors' servers (Remote-SSH, WSL, containers), below the home folder. */
const servers = [
  '.vscode-server/data',
  '.vscode-server-insiders/data',
  '.vscode-remote/data',
  '.vscodium-server/data',
  '.cursor-server/data',
  '.windsurf-server/data',
  '.local/share/code-server',
];

/**
 * The cache to use: `--cache`, else `ASR_MODELS_CACHE`, else the editor's (the one that was used last, when several editors
 * have one), else a folder of our own. Throws a `UsageError` for a relative variable, and rejects with `diskPermission`
 * when the editor's folder is on a disk that is not there: another one would look as if the models were gone.
 */
export async function findCache(
  option: string | undefined,
  surroundings: Surroundings,
): Promise<CachePlace> {
  const { env, home, cwd } = surroundings;
  const caches = env['XDG_CACHE_HOME'];
  const base = caches !== undefined && path.isAbsolute(caches) ? caches : path.join(home, '.cache');
  const storagePath = path.join(base, 'asr-models');
  if (option !== undefined) {
    const hubRoot = path.resolve(cwd, expandPath(option, env, home));
    return { hubRoot, storagePath, namedBy: 'option' };
  }
  const variable = env['ASR_MODELS_CACHE']?.trim() ?? '';
  if (variable !== '') {
    const hubRoot = expandPath(variable, env, home);
    if (path.isAbsolute(hubRoot)) return { hubRoot, storagePath, namedBy: 'environment' };
    throw new UsageError(`ASR_MODELS_CACHE is “${variable}”, which is not a whole path.`);
  }
  const ofEditor = await editorCache(surroundings);
  if (ofEditor !== undefined) return { hubRoot: ofEditor, storagePath, namedBy: 'editor' };
  return { hubRoot: path.join(storagePath, 'hub'), storagePath, namedBy: 'default' };
}

/** The extension's storage in every editor that may be on this machine. */
function storages({ env, home, platform }: Surroundings): readonly string[] {
  const settings =
    platform === 'win32'
      ? (env['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'))
      : platform === 'darwin'
        ? path.join(home, 'Library', 'Application Support')
        : (env['XDG_CONFIG_HOME'] ?? path.join(home, '.config'));
  const data = [
    ...editors.map((name) => path.join(settings, name)),
    ...servers.map((name) => path.join(home, ...name.split('/'))),
  ];
  return data.map((folder) => path.join(folder, 'User', 'globalStorage', extensionId));
}

async function editorCache(surroundings: Surroundings): Promise<string | undefined> {
  const found = await Promise.all(
    storages(surroundings).map(async (storage) => {
      if ((await changedMs(storage)) === undefined) return [];
      const chosen = await chosenFolder(storage);
      const hubRoot = chosen ?? path.join(storage, 'hub');
      const lastMs = (await changedMs(path.join(hubRoot, '.locks', 'asr'))) ?? 0;
      return [{ hubRoot, lastMs, isThere: (await changedMs(hubRoot)) !== undefined, chosen }];
    }),
  );
  const [last] = found.flat().sort((a, b) => b.lastMs - a.lastMs);
  if (last === undefined) return undefined;
  if (last.isThere || last.chosen === undefined) return last.hubRoot;
  throw new AsrError(
    'diskPermission',
    localized(
      'The model folder {0} is not there. Connect its disk, or choose another folder.',
      last.hubRoot,
    ),
  );
}

/** The value of `asr.cache.directory`, as the editor has written it down; undefined: its own storage. */
async function chosenFolder(storage: string): Promise<string | undefined> {
  const file = path.join(storage, 'state', 'keptFolder.json');
  const json = parseJson(await readTextWhenFree(file).catch(() => ''));
  const directory = isObject(json) ? json['directory'] : undefined;
  return typeof directory === 'string' && path.isAbsolute(directory) ? directory : undefined;
}

async function changedMs(file: string): Promise<number | undefined> {
  return await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
