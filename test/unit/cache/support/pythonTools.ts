import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/** A Python with `huggingface_hub`, if this computer has one. */
export interface PythonTools {
  readonly python: string;
  readonly version: string;
}

const run = promisify(execFile);

/**
 * Looks for `huggingface_hub` in the interpreter that `ASR_TEST_PYTHON` names, else in the active environment, the
 * usual ones on the PATH, and those that the Hub's own commands on the PATH run with.
 */
export function findPythonTools(): PythonTools | undefined {
  const named = process.env['ASR_TEST_PYTHON'];
  for (const python of new Set(named === undefined ? usualPythons() : [named])) {
    const asked = spawnSync(
      python,
      ['-c', 'import huggingface_hub; print(huggingface_hub.__version__)'],
      { encoding: 'utf8', timeout: 30_000 },
    );
    if (asked.status === 0) return { python, version: asked.stdout.trim() };
  }
  return undefined;
}

function usualPythons(): readonly string[] {
  const { VIRTUAL_ENV, CONDA_PREFIX, PATH = '' } = process.env;
  const environments = [VIRTUAL_ENV, CONDA_PREFIX].flatMap((folder) =>
    folder === undefined ? [] : [path.join(folder, 'bin', 'python')],
  );
  const commands = PATH.split(path.delimiter).flatMap((folder) =>
    ['hf', 'huggingface-cli'].flatMap((name) => interpreterOf(path.join(folder, name))),
  );
  return [...environments, 'python3', 'python', ...commands];
}

/** The Python that the first line of a script names; empty when there is no such script. */
function interpreterOf(script: string): readonly string[] {
  try {
    const [line = ''] = readFileSync(script, 'latin1').slice(0, 500).split('\n');
    const [, python] = /^#!\s*(\/\S*python\S*)$/.exec(line) ?? [];
    return python === undefined ? [] : [python];
  } catch {
    return [];
  }
}

/** Runs a script with `cache` as its Hugging Face cache and answers the JSON that it printed last. */
export async function runPython(
  { python }: PythonTools,
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { stdout } = await run(python, ['-c', script, ...args], {
    env: {
      ...process.env,
      HF_HUB_DISABLE_TELEMETRY: '1',
      HF_HUB_DISABLE_PROGRESS_BARS: '1',
      HF_HUB_DISABLE_XET: '1',
      NO_PROXY: '127.0.0.1,localhost',
      ...environment,
    },
    timeout: 60_000,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
}

/** `scan_cache_dir` as plain data: warnings, and per repository its size, revisions, refs and number of files. */
export const scanScript = `
import json, sys
from huggingface_hub import scan_cache_dir
found = scan_cache_dir(sys.argv[1])
print(json.dumps({
  "warnings": [str(warning) for warning in found.warnings],
  "repos": {repo.repo_id: {
    "size": repo.size_on_disk,
    "revisions": {revision.commit_hash: [sorted(revision.refs), sorted(file.file_name for file in revision.files)]
                  for revision in repo.revisions},
  } for repo in found.repos},
}))
`;

/** \`snapshot_download\` without the network: the folder, or the name of what it raised. */
export const offlineScript = `
import json, sys
from huggingface_hub import snapshot_download
try:
    print(json.dumps(snapshot_download(sys.argv[2], revision=sys.argv[3], cache_dir=sys.argv[1],
                                       local_files_only=True, allow_patterns=sys.argv[4:] or None)))
except Exception as error:
    print(json.dumps({"raised": type(error).__name__}))
`;

/** \`snapshot_download\` from the endpoint that the environment names. */
export const downloadScript = `
import json, sys
from huggingface_hub import snapshot_download
print(json.dumps(snapshot_download(sys.argv[2], cache_dir=sys.argv[1], allow_patterns=sys.argv[3:] or None)))
`;

/** Deletes one revision as \`hf cache rm\` does. */
export const deleteScript = `
import json, sys
from huggingface_hub import scan_cache_dir
strategy = scan_cache_dir(sys.argv[1]).delete_revisions(sys.argv[2])
strategy.execute()
print(json.dumps(strategy.expected_freed_size))
`;
