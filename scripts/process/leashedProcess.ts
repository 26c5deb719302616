import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';

const leash = path.resolve('scripts/process/leash.mjs');
const keptOutputChars = 200_000;
const msForLastOutput = 2000;

/** A command that runs until it ends or is stopped; it never outlives the process that started it. */
export interface LeashedProcess {
  /** The exit code, once the command and everything that it started are gone. */
  readonly exited: Promise<number>;
  /** The latest standard output and standard error together (at most 200 000 characters). */
  output(): string;
  /** The first line that matches, also one already printed. Rejects when the command ends or `timeoutMs` pass first. */
  waitForLine(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray>;
  /** Ends the whole process group: politely, after 3 s by force. Resolves when it is gone. */
  stop(): Promise<void>;
}

export interface LeashOptions {
  readonly cwd?: string;
  /** Added to the environment of this process; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called with every piece of output as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Stops it. */
  readonly signal?: AbortSignal | undefined;
  /** Runs with a lower priority. */
  readonly givesWay?: boolean;
}

/** Starts a command in a process group of its own (see `leash.mjs`). */
export function startLeashed(
  command: string,
  args: readonly string[],
  { cwd, env, onOutput, signal, givesWay = false }: LeashOptions = {},
): LeashedProcess {
  const child = spawn(process.execPath, [leash, command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Out of the terminal's process group: a signal to that group must not reach the leash before its input closes.
    detached: process.platform !== 'win32',
  });
  if (givesWay && child.pid !== undefined) lowerPriority(child.pid);
  let kept = '';
  const listeners = new Set<() => void>();
  const onChunk = (chunk: Buffer): void => {
    const text = chunk.toString();
    kept = (kept + text).slice(-keptOutputChars);
    onOutput?.(text);
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', onChunk);
  child.stderr.on('data', onChunk);
  child.stdin.on('error', () => undefined);
  const letGo = (): void => {
    child.stdin.end();
  };
  signal?.addEventListener('abort', letGo);
  if (signal?.aborted === true) letGo();
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => {
      signal?.removeEventListener('abort', letGo);
      const exitCode = code ?? 128;
      // A grandchild that left the group may hold the pipe: don't wait for it for long.
      const timer = setTimeout(resolve, msForLastOutput, exitCode);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(exitCode);
      });
    });
  });

  return {
    exited,
    output: () => kept,
    waitForLine(pattern, timeoutMs) {
      return new Promise((resolve, reject) => {
        const settle = (outcome: () => void): void => {
          listeners.delete(check);
          clearTimeout(timer);
          outcome();
        };
        const check = (): void => {
          const found = pattern.exec(kept);
          if (found !== null) settle(() => resolve(found));
        };
        const fail = (why: string) => (): void =>
          settle(() =>
            reject(new Error(`${path.basename(command)} ${why}:\n${kept.slice(-4000)}`)),
          );
        const timer = setTimeout(fail(`did not say ${String(pattern)} in time`), timeoutMs);
        listeners.add(check);
        void exited.then(fail('ended too early'));
        check();
      });
    },
    async stop() {
      letGo();
      await exited;
    },
  };
}

/** Processes that it starts later inherit the priority. */
function lowerPriority(pid: number): void {
  try {
    os.setPriority(pid, os.constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended, or the system does not allow it: it keeps the ordinary priority.
  }
}
