import { AsrError, Cancelled } from '../../common/asrError';
import type { Clock } from '../../common/clock';
import { type Disposable, DisposableStore } from '../../common/disposable';
import { localized, type LocalizedMessage } from '../../common/localizedMessage';
import type { Failure, Reply, Request } from '../process/messages';
import { engineMessage, exitError, ProcessEnded, type RuntimeActivity } from './exitError';
import type { RuntimeProcess } from './runtimeProcess';

/** After how long a call is given up. */
interface CallLimits {
  /** Since the last sign of progress. */
  readonly silentMs: number;
  /** Without processor time while the engine transcribes a piece. */
  readonly idleMs: number;
}

type Final = Extract<Reply, { kind: 'loaded' | 'transcribed' }>;
type Progress = Extract<Reply, { kind: 'progress' }>;

/**
 * Calls to a {@link RuntimeProcess}, one at a time. Each ends with its answer, its failure, the process's end or a
 * deadline. A process that ran into a deadline is killed, because an engine that hangs can't be stopped otherwise
 * (docs/model-formats.md section 5).
 */
export class RpcClient {
  readonly #child: RuntimeProcess;
  readonly #clock: Clock;
  readonly #modelName: string;
  #nextId = 1;
  #hung: AsrError | undefined;
  #activity: RuntimeActivity | undefined;

  constructor(child: RuntimeProcess, modelName: string, clock: Clock) {
    this.#child = child;
    this.#modelName = modelName;
    this.#clock = clock;
  }

  /** Why the process was killed, when it was because it hung. */
  get hung(): AsrError | undefined {
    return this.#hung;
  }

  /** The purpose of the call under way. */
  get activity(): RuntimeActivity | undefined {
    return this.#activity;
  }

  /** A number for the next request. */
  nextId(): number {
    return this.#nextId++;
  }

  /** Sends a request and waits for its end. */
  call(
    request: Extract<Request, { kind: 'load' | 'transcribe' }>,
    activity: RuntimeActivity,
    limits: CallLimits,
    onProgress: (reply: Progress) => void = () => undefined,
  ): Promise<Final> {
    const store = new DisposableStore();
    this.#activity = activity;
    return new Promise<Final>((resolve, reject) => {
      let deadline: Disposable | undefined;
      const giveUp = (waitedMs: number): void => {
        this.#hung = new ProcessEnded('runtime', this.#hangMessage(activity, waitedMs));
        // The call rejects when the process has ended, so that none is left by then.
        void this.#child.end();
      };
      const rearm = (): void => {
        deadline?.dispose();
        deadline = this.#clock.after(limits.silentMs, () => giveUp(limits.silentMs));
      };
      store.add({ dispose: () => deadline?.dispose() });
      const idle = new IdleWatch(limits.idleMs);
      store.add(
        this.#child.onReply((reply) => {
          if (reply.kind === 'alive') {
            const idleMs = idle.report(reply.cpuMs, reply.transcribing, this.#clock.nowMs());
            if (idleMs !== undefined) giveUp(idleMs);
          } else if (reply.kind !== 'tried' && reply.id === request.id) {
            if (reply.kind === 'progress') {
              rearm();
              onProgress(reply);
            } else if (reply.kind === 'failed') reject(this.#failure(reply.failure));
            else resolve(reply);
          }
        }),
      );
      void this.#child.gone.then((end) =>
        reject(this.#hung ?? exitError(end, this.#modelName, activity)),
      );
      rearm();
      this.#child.send(request);
    }).finally(() => {
      store.dispose();
      this.#activity = undefined;
    });
  }

  #failure(failure: Failure): Error {
    if (failure.kind === 'cancelled') return new Cancelled();
    const cause = new Error(failure.cause);
    if (failure.kind === 'error') return new AsrError(failure.code, failure.text, { cause });
    const output = `${failure.cause}\n${this.#child.lastOutput}`;
    return new AsrError('runtime', engineMessage(output, this.#modelName), { cause });
  }

  #hangMessage(activity: RuntimeActivity, waitedMs: number): LocalizedMessage {
    const seconds = Math.max(1, Math.round(waitedMs / 1000));
    return activity === 'transcribing'
      ? localized(
          'The runtime of {0} stopped answering for {1} s while transcribing and was ended. Load the model again; verify it if this repeats.',
          this.#modelName,
          seconds,
        )
      : localized(
          'The runtime did not finish loading {0} within {1} s and was ended. Verify the model or choose a smaller one.',
          this.#modelName,
          seconds,
        );
  }
}

/** Processor time below which the time since the last report counts as idle. */
const idleCpuMs = 20;
/** Reports come every second. More time than this between two of them is sleep of the machine, not idleness. */
const longestStepMs = 2000;

/**
 * Distinguishes an engine that works from one that hangs, by the processor time that its process reports. There is no
 * other sign: after a failure inside the engine its promise never settles (docs/model-formats.md section 5).
 */
export class IdleWatch {
  readonly #limitMs: number;
  #lastCpuMs: number | undefined;
  #lastReportMs = 0;
  #idleMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Takes a report; returns the idle time once it is too long. `transcribing`: the engine is expected to work. */
  report(cpuMs: number, transcribing: boolean, nowMs: number): number | undefined {
    const isIdle =
      transcribing && this.#lastCpuMs !== undefined && cpuMs - this.#lastCpuMs <= idleCpuMs;
    this.#idleMs = isIdle ? this.#idleMs + Math.min(longestStepMs, nowMs - this.#lastReportMs) : 0;
    this.#lastCpuMs = cpuMs;
    this.#lastReportMs = nowMs;
    return this.#idleMs >= this.#limitMs ? this.#idleMs : undefined;
  }
}
