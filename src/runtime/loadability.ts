import { defined } from '../protocol/defined';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import { missingEngine, type EnginePackages } from './engineAvailability';
import { memoryNeedBytes, memoryVerdict, type MachineMemory } from './format/memoryNeed';
import { tooBigMessage } from './checkModel';
import { engineForFormat, foreignFormat, planLoad, type PlanOutcome } from './format/loadPlan';
import type { SherpaFamily } from './format/sherpaFamily';
import type { CodeSnippet, EngineName, Loadability, ModelOnDisk } from './model';
import { codeSnippet } from './snippet/codeSnippet';

/** What can be said by the format alone, before a model is downloaded. */
export function formatLoadability(
  name: string,
  format: string,
): { readonly loadable: true; readonly engine: EngineName } | (Loadability & { loadable: false }) {
  const engine = engineForFormat(format);
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
    const sizeBytes = model.files.reduce((sum, file) => sum + file.sizeBytes, 0);
    const platform = `${process.platform}-${process.arch}`;
    const missing = missingEngine(engine, sizeBytes, packages, platform);
    const needed = memoryNeedBytes(engine, sizeBytes, model.memoryBytes);
    const memory = memoryVerdict(needed, machine);
    const refusal = missing ?? tooBigMessage(model.name, memory, machine);
    if (refusal === undefined) return { loadable: true, engine, kind, memory };
    return unloadable(refusal, codeSnippet(model, familyOf(outcome)));
  }
  const reason =
    outcome?.refusal ??
    localized('The files of {0} can’t be read. Verify the model to repair it.', model.name);
  if (outcome?.damaged !== false) return { loadable: false, reason };
  return unloadable(reason, codeSnippet(model));
}

/** Code that loads a downloaded model in another program, by its files; undefined when none is known. */
export async function modelSnippet(model: ModelOnDisk): Promise<CodeSnippet | undefined> {
  return codeSnippet(model, familyOf(await planLoad(model).catch(() => undefined)));
}

function familyOf(outcome: PlanOutcome | undefined): SherpaFamily | undefined {
  if (outcome === undefined || !('plan' in outcome)) return undefined;
  return outcome.plan.engine === 'sherpa-onnx' ? outcome.plan.kind : undefined;
}

function unloadable(reason: LocalizedMessage, snippet: CodeSnippet | undefined): Loadability {
  return { loadable: false, reason, ...defined({ snippet }) };
}
