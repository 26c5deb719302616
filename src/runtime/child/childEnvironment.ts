/** What the runtime's process needs of the environment; everything else, tokens first of all, stays here. */
const kept = [
  'PATH',
  'Path',
  'HOME',
  'USERPROFILE',
  'SystemRoot',
  'SYSTEMROOT',
  'windir',
  'TEMP',
  'TMP',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
];

/** The environment of the runtime's process: the kept variables, and what makes Electron run as plain Node. */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const result: Record<string, string> = { ELECTRON_RUN_AS_NODE: '1' };
  for (const name of kept) {
    const value = env[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}
