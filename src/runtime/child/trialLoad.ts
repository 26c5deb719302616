import type { Clock } from '../../common/clock';
import type { EnginePart } from '../process/messages';
import { RuntimeProcess, type RuntimeProcessOptions } from './runtimeProcess';

/**
 * Loads an engine's package in a process of its own, because a library that is not for this processor ends it. Gives back
 * why that failed, in the system's words; empty when it can be loaded, undefined when that took too long to know (a machine
 * that is busy). Afterwards no process is left.
 */
export async function trialLoad(
  options: RuntimeProcessOptions,
  part: EnginePart,
  clock: Clock,
  limitMs: number,
): Promise<string | undefined> {
  const child = new RuntimeProcess(options);
  try {
    return await new Promise<string | undefined>((resolve) => {
      const late = clock.after(limitMs, () => resolve(undefined));
      child.onReply((reply) => {
        if (reply.kind === 'tried') resolve(reply.error);
      });
      void child.gone.then(({ signal, exitCode, lastOutput }) => {
        late.dispose();
        // Killed for lack of memory, which says nothing about the library.
        if (signal === 'SIGKILL') resolve(undefined);
        resolve(`${lastOutput.trim()} ${signal ?? `exit code ${String(exitCode)}`}`.trim());
      });
      child.send({ kind: 'try', id: 1, part });
    });
  } finally {
    await child.end();
  }
}
