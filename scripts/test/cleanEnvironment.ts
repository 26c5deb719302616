import path from 'node:path';

/**
 * What the person who runs the tests has set for the Hub must not reach them, nor their model cache; and what VS Code
 * leaves in the run-time folder goes with `folder`.
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
