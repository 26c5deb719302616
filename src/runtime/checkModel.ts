import { stat } from 'node:fs/promises';
import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import { localized, type LocalizedMessage } from '../common/localizedMessage';
import { missingEngine, type EnginePackages } from './engineAvailability';
import { planLoad, type LoadPlan } from './format/loadPlan';
import {
  memoryNeedBytes,
  memoryVerdict,
  type MachineMemory,
  type MemoryVerdict,
} from './format/memoryNeed';
import type { ModelFile, ModelOnDisk } from './model';

/** A model that may be loaded. */
export interface CheckedModel {
  readonly plan: LoadPlan;
  readonly sizeBytes: number;
  readonly memory: MemoryVerdict;
}

/**
 * Everything that can be said against loading before a process is started: files that are missing or of another size
 * or kind (`integrity`), a format for another program or an engine that isn't here (`unsupported`), more memory than the machine has (`runtime`).
 */
export async function checkModel(
  model: ModelOnDisk,
  machine: MachineMemory,
  packages: EnginePackages,
): Promise<CheckedModel> {
  for (const file of model.files) await checkSize(file);
  const outcome = await planLoad(model);
  if ('refusal' in outcome) {
    throw new AsrError(outcome.damaged ? 'integrity' : 'unsupported', outcome.refusal);
  }
  const sizeBytes = model.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const platform = `${process.platform}-${process.arch}`;
  const missing = missingEngine(outcome.plan.engine, sizeBytes, packages, platform);
  if (missing !== undefined) throw new AsrError('unsupported', missing);
  const needed = memoryNeedBytes(outcome.plan.engine, sizeBytes, model.memoryBytes);
  const memory = memoryVerdict(needed, machine);
  const tooBig = tooBigMessage(model.name, memory, machine);
  if (tooBig !== undefined) throw new AsrError('runtime', tooBig);
  return { plan: outcome.plan, sizeBytes, memory };
}

/** Why a model can't be loaded on a machine of this size; undefined when it can. */
export function tooBigMessage(
  modelName: string,
  memory: MemoryVerdict,
  machine: MachineMemory,
): LocalizedMessage | undefined {
  if (memory.verdict !== 'tooBig') return undefined;
  return localized(
    '{0} needs about {1} of memory and this machine has {2}. Choose a smaller model.',
    modelName,
    byteText(memory.neededBytes),
    byteText(machine.totalBytes),
  );
}

async function checkSize(file: ModelFile): Promise<void> {
  const found = await stat(file.absolutePath).catch((error: unknown) => {
    throw new AsrError(
      'integrity',
      localized('The file {0} is missing. Verify the model to repair it.', file.path),
      { cause: error },
    );
  });
  if (!found.isFile() || found.size !== file.sizeBytes) {
    throw new AsrError(
      'integrity',
      localized(
        'The file {0} has {1} instead of {2}. Verify the model to repair it.',
        file.path,
        byteText(found.size),
        byteText(file.sizeBytes),
      ),
    );
  }
}
