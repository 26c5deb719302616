import { mkdtemp, rmdir, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../common/clock';
import { retryInUse } from '../../common/fileInUse';
import type { LoadPlan } from '../format/loadPlan';
import type { ModelFile } from '../model';

/**
 * Windows' own functions take paths of 259 characters, unless they are written in a form that the engines do not know.
 * Node knows it, so longer ones are downloaded and verified, and only an engine would not find them.
 */
const longestPath = 259;

/** Whose limit counts; for tests. */
interface PathLimit {
  readonly platform: NodeJS.Platform;
  readonly longest: number;
}

/**
 * Runs `load` with a plan whose paths the engines can open: where one is too long, its folder gets a second, short name in
 * the temporary folder meanwhile (a junction, which needs no right that a user of Windows may lack). Engines open a
 * model's files while they load it, and no later.
 */
export async function withShortPaths<T>(
  plan: LoadPlan,
  load: (plan: LoadPlan) => Promise<T>,
  { platform, longest }: PathLimit = { platform: process.platform, longest: longestPath },
): Promise<T> {
  const files = filesOf(plan).filter((file) => file.length > longest);
  if (platform !== 'win32' || files.length === 0) return await load(plan);
  const temporary = await mkdtemp(path.join(tmpdir(), 'asr-short-'));
  const shortNames = new Map<string, string>();
  try {
    for (const folder of new Set(files.map((file) => path.dirname(file)))) {
      const name = path.join(temporary, String(shortNames.size));
      await symlink(folder, name, 'junction');
      shortNames.set(folder, name);
    }
    return await load(
      withPaths(plan, (file) => {
        const name = shortNames.get(path.dirname(file));
        return name === undefined ? file : path.join(name, path.basename(file));
      }),
    );
  } finally {
    // One by one, and never with what they lead to.
    for (const name of shortNames.values()) {
      await retryInUse(systemClock, [name], () => unlink(name)).catch(() => undefined);
    }
    await retryInUse(systemClock, [temporary], () => rmdir(temporary)).catch(() => undefined);
  }
}

function filesOf(plan: LoadPlan): readonly string[] {
  if (plan.engine !== 'sherpa-onnx') return [plan.modelPath];
  return Object.values(plan.parts).map((part: ModelFile) => part.absolutePath);
}

function withPaths(plan: LoadPlan, pathOf: (file: string) => string): LoadPlan {
  if (plan.engine !== 'sherpa-onnx') return { ...plan, modelPath: pathOf(plan.modelPath) };
  const parts = Object.entries(plan.parts).map(([name, part]: [string, ModelFile]) => [
    name,
    { ...part, absolutePath: pathOf(part.absolutePath) },
  ]);
  return { ...plan, parts: Object.fromEntries(parts) as typeof plan.parts };
}
