import path from 'node:path';

/**
 * The environment of test runs: without the Hub settings and the model cache of the person who runs them, and with the
 * files of VS Code's runtime folder in `folder`, which is removed afterwards.
 */
export function cleanEnvironment(folder: string): Readonly<Record<string, string>> {
  return {
    HF_TOKEN: '',
    HF_ENDPOINT: '',
    HF_HUB_OFFLINE: '',
    HF_HUB_CACHE: '',
    HF_HOME: path.join(folder, 'hf'),
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
  };
}
