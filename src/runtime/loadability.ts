import { stat } from 'node:fs/promises';
import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import { errnoOf, fileError } from '../common/fileErrors';
import { openWhenFree } from '../common/fileInUse';
import { englishText, localized, type LocalizedMessage } from '../common/localizedMessage';
import { defined } from '../protocol/defined';
import { missingEngine, platformNameHere, type EnginePackages } from './engineAvailability';
import {
  engineForFormat,
  foreignFormat,
  isMoonshine,
  planLoad,
  type LoadPlan,
  type PlanOutcome,
} from './format/loadPlan';
import { ggufRefusal } from './format/ggufArchitectures';
import {
  memoryNeedBytes,
  memoryVerdict,
  type MachineMemory,
  type MemoryVerdict,
} from './format/memoryNeed';
import type { SherpaFamily } from './format/sherpaFamily';
import type { CodeSnippet, EngineName, Loadability, ModelFile, ModelOnDisk } from './model';
import { codeSnippet } from './snippet/codeSnippet';
import { shellKind } from './snippet/shell';

/** A model that may be loaded. */
export interface CheckedModel {
  readonly plan: LoadPlan;
  readonly sizeBytes: number;
  readonly memory: MemoryVerdict;
}

/** A model that is not here yet, as the lists know it. */
interface OfferedModel {
  readonly name: string;
  readonly format: string;
  readonly id: string;
  /** The kind of model by its files, where a hub has stated it: `parakeet`, `moonshine`. */
  readonly architecture?: string;
}

/** Whether a model can be loaded here by its format and kind, before it is downloaded. */
export function formatLoadability({
  name,
  format,
  id,
  architecture,
}: OfferedModel):
  { readonly loadable: true; readonly engine: EngineName } | (Loadability & { loadable: false }) {
  const names = architecture ?? `${id} ${name}`;
  const engine = isMoonshine(names, format) ? 'sherpa-onnx' : engineForFormat(format);
  const refusal =
    engine === 'transcribe.cpp' && architecture !== undefined
      ? ggufRefusal(name, architecture)
      : undefined;
  if (refusal !== undefined) return { loadable: false, reason: refusal };
  if (engine !== undefined) return { loadable: true, engine };
  return { loadable: false, reason: foreignFormat(name, format) };
}

/** Whether a downloaded model can be loaded here, by its files; else why not, and the code that loads it elsewhere. */
export async function loadability(
  model: ModelOnDisk,
  machine: MachineMemory,
  packages: EnginePackages,
): Promise<Loadability> {
  const outcome = await planLoad(model).catch(() => undefined);
  if (outcome !== undefined && 'plan' in outcome) {
    const { engine, kind } = outcome.plan;
    const { memory, refusal } = checkMachine(outcome.plan, model, machine, packages);
    if (refusal === undefined) return { loadable: true, engine, kind, memory };
    return unloadable(refusal.localizedMessage, codeSnippet(model, familyOf(outcome)));
  }
  const reason =
    outcome?.refusal ??
    localized('The files of {0} can’t be read. Verify the model to repair it.', model.name);
  if (outcome?.damaged !== false) return { loadable: false, reason: repairable(model, reason) };
  return unloadable(reason, codeSnippet(model));
}

/**
 * Checks a model before a process is started for it. Rejects with `integrity` (a file is missing or of another size or
 * kind), `unsupported` (the format is another program's, or the engine isn't in this package) or `runtime` (the machine
 * has less memory than the model needs).
 */
export async function checkModel(
  model: ModelOnDisk,
  machine: MachineMemory,
  packages: EnginePackages,
): Promise<CheckedModel> {
  for (const file of model.files) await checkSize(model, file);
  const outcome = await planLoad(model);
  if ('refusal' in outcome) {
    if (!outcome.damaged) throw new AsrError('unsupported', outcome.refusal);
    throw damaged(model, outcome.refusal);
  }
  const { plan } = outcome;
  const { sizeBytes, memory, refusal } = checkMachine(plan, model, machine, packages);
  if (refusal !== undefined) throw refusal;
  return { plan, sizeBytes, memory };
}

/**
 * Code that loads a downloaded model in another program, by its files; undefined when none is known. `shell`: the program
 * of the shell that commands are for; absent: the usual one of this system.
 */
export async function modelSnippet(
  model: ModelOnDisk,
  shell?: string,
): Promise<CodeSnippet | undefined> {
  const family = familyOf(await planLoad(model).catch(() => undefined));
  return codeSnippet(model, family, shellKind(shell));
}

/**
 * The memory that a model takes of this machine; `refusal` when the engine isn't here or there is too little memory.
 */
function checkMachine(
  plan: LoadPlan,
  model: ModelOnDisk,
  machine: MachineMemory,
  packages: EnginePackages,
): Omit<CheckedModel, 'plan'> & { readonly refusal?: AsrError } {
  const sizeBytes = model.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const memory = memoryVerdict(memoryNeedBytes(plan, sizeBytes, model.memoryBytes), machine);
  const platform = platformNameHere();
  const missing = missingEngine(plan.engine, sizeBytes, packages, platform);
  if (missing !== undefined) {
    return { sizeBytes, memory, refusal: new AsrError('unsupported', missing) };
  }
  if (memory.verdict !== 'tooBig') return { sizeBytes, memory };
  const tooBig = localized(
    '{0} needs about {1} of memory and this machine has {2}. Choose a smaller model.',
    model.name,
    byteText(memory.neededBytes),
    byteText(machine.totalBytes),
  );
  return { sizeBytes, memory, refusal: new AsrError('runtime', tooBig) };
}

async function checkSize(model: ModelOnDisk, file: ModelFile): Promise<void> {
  const found = await stat(file.absolutePath).catch((error: unknown) => {
    const missing = localized('The file {0} is missing. Verify the model to repair it.', file.path);
    throw damaged(model, missing, error);
  });
  if (found.isFile() && found.size === file.sizeBytes) {
    await waitUntilFree(file.absolutePath);
    return;
  }
  throw damaged(
    model,
    localized(
      'The file {0} has {1} instead of {2}. Verify the model to repair it.',
      file.path,
      byteText(found.size),
      byteText(file.sizeBytes),
    ),
  );
}

/** An engine does not wait for a program that holds a file exclusively: it says that the model is broken. */
async function waitUntilFree(file: string): Promise<void> {
  try {
    await (await openWhenFree(file)).close();
  } catch (error) {
    // Of anything else the engine tells.
    if (errnoOf(error) === 'EBUSY') throw fileError(error, file);
  }
}

function damaged(model: ModelOnDisk, reason: LocalizedMessage, cause?: unknown): AsrError {
  const shown = repairable(model, reason);
  const detail = shown === reason ? cause : new Error(englishText(reason), { cause });
  return new AsrError('integrity', shown, defined({ cause: detail }));
}

/**
 * The refusal of a damaged model: an imported one has no source to be repaired from, so its message names another
 * remedy.
 */
function repairable(model: ModelOnDisk, reason: LocalizedMessage): LocalizedMessage {
  if (model.isImported !== true) return reason;
  return localized(
    '{0} is damaged: a file of it is missing, cut off or of another kind. Delete it, then import it again from a whole copy.',
    model.name,
  );
}

function familyOf(outcome: PlanOutcome | undefined): SherpaFamily | undefined {
  if (outcome === undefined || !('plan' in outcome)) return undefined;
  return outcome.plan.engine === 'sherpa-onnx' ? outcome.plan.kind : undefined;
}

function unloadable(reason: LocalizedMessage, snippet: CodeSnippet | undefined): Loadability {
  return { loadable: false, reason, ...defined({ snippet }) };
}
