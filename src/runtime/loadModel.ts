import { availableParallelism } from 'node:os';
import type { Clock } from '../common/clock';
import { defined } from '../protocol/defined';
import type { CheckedModel } from './checkModel';
import { RpcClient } from './child/rpcClient';
import type { RuntimeProcess } from './child/runtimeProcess';
import type { SherpaFamily } from './format/sherpaFamily';
import type { ModelOnDisk } from './model';
import type { LoadOrder } from './process/messages';
import type { LoadedModel, LoadOptions, RuntimeLimits } from './runtime';
import { threadCount } from './threadCount';

/**
 * The families that must be told the language; their configuration has no value for detection
 * (docs/model-formats.md section 4.2).
 */
const tellLanguage: ReadonlySet<string> = new Set<SherpaFamily>(['canary', 'cohere-transcribe']);

/** What the process is told to load. */
export function loadOrder(
  { plan, sizeBytes }: CheckedModel,
  { threads = 0, language, vadPath }: LoadOptions,
  preferWasm: boolean,
): LoadOrder {
  return {
    plan,
    sizeBytes,
    threads: threadCount(threads, availableParallelism(), process.arch),
    preferWasm,
    ...defined({ language, vadPath }),
  };
}

/** A model that was looked at and what its process is told: all that a load takes, and another one later. */
export interface LoadRequest {
  readonly model: ModelOnDisk;
  readonly memory: LoadedModel['memory'];
  readonly order: LoadOrder;
  readonly limits: RuntimeLimits;
  readonly clock: Clock;
}

/** Loads the model in a process that has just been started. Rejects as the process's calls do. */
export async function loadModel(
  child: RuntimeProcess,
  { model, memory, order, limits, clock }: LoadRequest,
): Promise<{ readonly model: LoadedModel; readonly process: RpcClient }> {
  const startedMs = clock.nowMs();
  const loading = new RpcClient(child, model.name, clock);
  const readMs = Math.round((order.sizeBytes / limits.loadBytesPerSecond) * 1000);
  const reply = await loading.call({ kind: 'load', id: loading.nextId(), load: order }, 'loading', {
    silentMs: limits.loadMs + readMs,
    idleMs: limits.idleMs,
  });
  const loaded: LoadedModel = {
    modelId: model.modelId,
    name: model.name,
    engine: order.plan.engine,
    engineDescription: reply.kind === 'loaded' ? reply.description : '',
    threads: order.threads,
    asksForLanguage: tellLanguage.has(order.plan.kind),
    loadMs: Math.round(clock.nowMs() - startedMs),
    memory,
  };
  return { model: loaded, process: loading };
}
