import { fork, type ChildProcess } from 'node:child_process';
import { Emitter } from '../../common/event';
import type { Logger } from '../../common/logger';
import { isReply, type Reply, type Request } from '../process/messages';
import type { RuntimeEnd } from './exitError';

export interface RuntimeProcessOptions {
  /** The bundle that runs in the process. */
  readonly processPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

const lastOutputLength = 4000;
const longestLogLine = 400;

/** Makes Electron run as plain Node, and a failed assertion of ggml end at once instead of printing a backtrace. */
const ownVariables = { ELECTRON_RUN_AS_NODE: '1', GGML_NO_BACKTRACE: '1' };

/** The environment variables that the process needs. All others, tokens above all, are not passed on. */
const keptVariables = [
  'PATH',
  'Path',
  'HOME',
  'USERPROFILE',
  'SystemRoot',
  'SYSTEMROOT',
  'windir',
  'TEMP',
  'TMP',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
];

/**
 * One runtime process: messages in both directions, its latest output, and its end. It never outlives the extension:
 * {@link end} kills it and settles when it is gone, and the process exits when the channel closes.
 */
export class RuntimeProcess {
  readonly #child: ChildProcess;
  readonly #replies = new Emitter<Reply>();
  readonly #lines = new Emitter<string>();
  /** Settles when the process is gone, with how it ended. Never rejects. */
  readonly gone: Promise<RuntimeEnd>;
  #lastOutput = '';
  /** The process has ended, or is about to because {@link end} was called. */
  #isOver = false;

  constructor({ processPath, env, logger }: RuntimeProcessOptions) {
    this.#child = fork(processPath, [], {
      env: childEnvironment(env),
      // Otherwise the process would inherit this one's, such as a debugger's port.
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.gone = this.#watchEnd();
    this.#child.on('message', (message) => {
      if (isReply(message)) this.#replies.fire(message);
      else logger.warn('runtime: a message that is none was ignored');
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#lastOutput = (this.#lastOutput + text).slice(-lastOutputLength);
        const lines = (rest + text).split(/\r?\n/);
        rest = lines.pop()?.slice(-lastOutputLength) ?? '';
        for (const line of lines) {
          if (line.trim() !== '') logger.debug(`runtime: ${line.slice(0, longestLogLine)}`);
          this.#lines.fire(line);
        }
      });
    }
  }

  /** The latest standard output and standard error. */
  get lastOutput(): string {
    return this.#lastOutput;
  }

  readonly onReply = this.#replies.event;

  /** Fires for each line of its standard output and standard error. */
  readonly onLine = this.#lines.event;

  /** Sends a request; when that fails, the process is killed, which ends the call. */
  send(request: Request): void {
    if (this.#isOver || !this.#child.connected) return;
    this.#child.send(request, (error) => {
      if (error !== null) this.#child.kill('SIGKILL');
    });
  }

  /** Ends the process by force, for it has nothing to save; settles when it is gone. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#replies.dispose();
    this.#child.kill('SIGKILL');
    await this.gone;
  }

  #watchEnd(): Promise<RuntimeEnd> {
    return new Promise((resolve) => {
      const settle = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
        this.#isOver = true;
        resolve({ exitCode, signal, lastOutput: this.#lastOutput });
      };
      this.#child.on('error', (error) => {
        this.#lastOutput += error.message;
        // Without a process number it never started, and no other event will come.
        if (this.#child.pid === undefined) settle(null, null);
      });
      this.#child.once('close', settle);
    });
  }
}

/** The environment of the runtime's process: the kept variables, and what makes Electron run as plain Node. */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const result: Record<string, string> = { ...ownVariables };
  for (const name of keptVariables) {
    const value = env[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}
