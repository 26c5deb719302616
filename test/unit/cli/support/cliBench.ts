import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { runCli } from '../../../../src/cli';
import { isObject, type JsonObject, parseJson } from '../../../../src/common/json';
import { startTestHub, type TestHub, type TestHubOptions } from '../../../hub';
import { cliDist } from './cliDist';

/** The output of a command, and how it ended. */
export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of the standard output that are JSON objects. */
  readonly objects: readonly JsonObject[];
}

/** A stream that keeps its text. */
export class TextStream extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A command in a process of its own. */
export class CliProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<unknown>;
  #stdout = '';
  #stderr = '';
  #waiting: (() => void)[] = [];

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#child = child;
    this.#closed = once(child, 'close');
    child.stdout.on('data', (chunk: Buffer) => this.#add((this.#stdout += chunk.toString())));
    child.stderr.on('data', (chunk: Buffer) => this.#add((this.#stderr += chunk.toString())));
    void this.#closed.then(() => this.#add(''));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Settles when the standard output so far matches; rejects when the process ends before. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#stdout)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`It ended before ${String(pattern)}: ${this.#stdout}${this.#stderr}`);
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async ended(): Promise<CliResult> {
    await this.#closed;
    return resultOf(this.#child.exitCode, this.#stdout, this.#stderr);
  }

  #add(_text: string): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** The command line over a hub on the loopback, with a home of its own. */
export class CliBench {
  readonly hub: TestHub;
  /** The home folder of the person. */
  readonly home: string;
  readonly dist: string;
  readonly #running: CliProcess[] = [];

  private constructor(hub: TestHub, home: string, dist: string) {
    this.hub = hub;
    this.home = home;
    this.dist = dist;
  }

  static async start(options: TestHubOptions): Promise<CliBench> {
    const home = await mkdtemp(path.join(os.tmpdir(), 'asr-cli-'));
    return new CliBench(await startTestHub(options), home, await cliDist());
  }

  /** The cache that is used when nothing else is named. */
  get hubRoot(): string {
    return path.join(this.home, '.cache', 'asr-models', 'hub');
  }

  get env(): Readonly<Record<string, string>> {
    return { HOME: this.home, USERPROFILE: this.home, HF_ENDPOINT: this.hub.url };
  }

  /** Runs a command in this process. `signal` is the person's Ctrl-C. */
  async run(args: readonly string[], host: Partial<CliHostParts> = {}): Promise<CliResult> {
    const [stdout, stderr] = [new TextStream(), new TextStream()];
    const exitCode = await runCli(args, {
      stdout,
      stderr,
      env: { ...this.env, ...host.env },
      home: this.home,
      cwd: this.home,
      platform: process.platform,
      distPath: this.dist,
      version: '1.2.3',
      signal: host.signal ?? new AbortController().signal,
    });
    return resultOf(exitCode, stdout.text, stderr.text);
  }

  /** Starts a command in a process of its own, as a person's shell does. */
  spawn(args: readonly string[]): CliProcess {
    const child = spawn(process.execPath, [path.join(this.dist, 'cli.js'), ...args], {
      cwd: this.home,
      env: { PATH: process.env['PATH'] ?? '', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new CliProcess(child);
    this.#running.push(started);
    return started;
  }

  async close(): Promise<void> {
    for (const one of this.#running) one.signal('SIGKILL');
    await Promise.all(this.#running.map((one) => one.ended()));
    await this.hub.close();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface CliHostParts {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function resultOf(exitCode: number | null, stdout: string, stderr: string): CliResult {
  const objects = stdout.split('\n').flatMap((line) => {
    const value = parseJson(line);
    return isObject(value) ? [value] : [];
  });
  return { exitCode, stdout, stderr, objects };
}
