import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where programs are installed that an editor may not have on its `PATH`: started from macOS' Dock it has launchd's,
 * without Homebrew's folders; and on Windows that of the time when it was started.
 */
export function usualFolders(env: Environment, platform: NodeJS.Platform): readonly string[] {
  if (platform === 'darwin') return ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'];
  if (platform !== 'win32') return [];
  const below = (variable: string, ...names: readonly string[]): readonly string[] => {
    const folder = env[variable] ?? '';
    return folder === '' ? [] : [path.join(folder, ...names)];
  };
  return [
    ...below('LOCALAPPDATA', 'Microsoft', 'WinGet', 'Links'),
    ...below('USERPROFILE', 'scoop', 'shims'),
    ...below('ProgramData', 'chocolatey', 'bin'),
  ];
}

/**
 * The ffmpeg to use: the one of the setting `asr.ffmpeg.path` (the program, or the folder that it lies in), else the one
 * on `PATH`, else one in the `usual` folders; undefined when there is none. Rejects with `notFound` when the setting names
 * no program, or is relative to whatever the current folder is.
 */
export async function findFfmpeg(
  setting: string,
  env: Environment,
  platform: NodeJS.Platform,
  usual = usualFolders(env, platform),
): Promise<string | undefined> {
  if (setting === '') {
    const onPath = await findProgram('ffmpeg', env, platform);
    return onPath ?? (await findIn(usual, 'ffmpeg', platform));
  }
  const candidates = [setting, path.join(setting, programFile('ffmpeg', platform))];
  for (const candidate of path.isAbsolute(setting) ? candidates : []) {
    if (await isProgram(candidate)) return candidate;
  }
  throw new AsrError(
    'notFound',
    localized('There is no program at {0}. Correct the setting asr.ffmpeg.path.', setting),
  );
}

/**
 * The absolute path of a program on `PATH`, or undefined. Relative folders are skipped: they would run
 * a program from whatever the current folder is. Windows allows an entry to stand in quotes.
 */
export async function findProgram(
  name: string,
  env: Environment,
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  const isWindows = platform === 'win32';
  const key = Object.keys(env).find((one) => one === 'PATH' || (isWindows && /^path$/i.test(one)));
  const entries = (env[key ?? 'PATH'] ?? '').split(
    isWindows ? /;(?=(?:[^"]*"[^"]*")*[^"]*$)/ : ':',
  );
  const folders = isWindows ? entries.map((entry) => entry.replace(/"/g, '')) : entries;
  return await findIn(folders, name, platform);
}

async function findIn(
  folders: readonly string[],
  name: string,
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  for (const folder of folders) {
    if (!path.isAbsolute(folder)) continue;
    const candidate = path.join(folder, programFile(name, platform));
    if (await isProgram(candidate)) return candidate;
  }
  return undefined;
}

function programFile(name: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `${name}.exe` : name;
}

async function isProgram(file: string): Promise<boolean> {
  const isFile = await stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
  return (
    isFile &&
    (await access(file, constants.X_OK).then(
      () => true,
      () => false,
    ))
  );
}
