/**
 * The chaos run: three real processes share one cache over a hub that misbehaves, and are killed, frozen and started again
 * at random; then the processes end, the hub behaves, and one fresh process must bring every model to its end. A checker
 * that knows only the hub's bytes and the layout of the cache looks at it before and after.
 *
 *     npm run chaos -- [first seed] [seeds] [seconds a seed]
 */
import { once } from 'node:events';
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  bufferContent,
  contentBytes,
  type Fault,
  generatedContent,
  startTestHub,
  type TestHub,
} from '../hub';
import { seededNumbers } from '../unit/download/support/seeded';
import { bundled } from '../unit/download/support/workerBundle';
import { newCoreFolder } from '../unit/models/support/coreFolder';
import { type CorePlace, testCore } from '../unit/models/support/testCore';
import { checkCache, digestsOf } from './checkCache';

const repos = ['org/small', 'org/big', 'org/several'] as const;
const modelIds = repos.map((repo) => `hf:${repo}`);
const windows = 3;
/** A fresh process that has not finished by then is held up by something that the others left behind. */
const msToFinish = 180_000;

type Files = ReadonlyMap<string, Buffer>;

/** Bytes that differ from commit to commit, some of them shared by files and commits. */
function filesOf(repo: string, version: number): Files {
  const bytes = (kilobytes: number, seed: string): Buffer =>
    contentBytes(generatedContent({ sizeBytes: kilobytes * 1000, seed }));
  const of = (name: string): string => `${repo} ${String(version)} ${name}`;
  if (repo === 'org/small') return new Map([['model.bin', bytes(300, of('model'))]]);
  if (repo === 'org/big')
    return new Map([
      ['model.bin', bytes(6_000, of('model'))],
      ['config.json', Buffer.from(`{"version":${String(version)}}`)],
    ]);
  return new Map([
    ['a/model.bin', bytes(1_500, of('a'))],
    ['b/model.bin', bytes(1_200, 'the same in each commit')],
    ['b/copy.bin', bytes(1_200, 'the same in each commit')],
    ['config.json', Buffer.from(`{"several":${String(version)}}`)],
  ]);
}

class Chaos {
  readonly #random: () => number;
  readonly #truth = new Map<string, Map<string, Files>>();
  readonly #children: ChildProcess[] = [];
  readonly #counts = { kills: 0, freezes: 0, faults: 0, pushes: 0, starts: 0 };
  readonly #wrong: string[] = [];
  #version = 0;

  private constructor(
    seed: number,
    private readonly hub: TestHub,
    private readonly place: CorePlace,
    private readonly program: string,
  ) {
    this.#random = seededNumbers(seed);
  }

  /** Plays one seed and returns what was wrong at its end, as sentences. */
  static async run(seed: number, seconds: number): Promise<readonly string[]> {
    const hub = await startTestHub({ pace: { bytesPerSecondTotal: 4e6 } });
    const { root, place } = await newCoreFolder(hub.url);
    await fs.mkdir(place.storagePath);
    const chaos = new Chaos(seed, hub, place, await bundled('test/chaos/program.ts'));
    try {
      for (const repo of repos) chaos.#push(repo);
      await chaos.#rage(seconds * 1000);
      await chaos.#settle();
    } finally {
      for (const child of chaos.#children) child.kill('SIGKILL');
      await hub.close();
      await fs.rm(root, { recursive: true, force: true, maxRetries: 5 });
    }
    const counts = Object.entries(chaos.#counts).map(([name, count]) => `${String(count)} ${name}`);
    console.log(`seed ${String(seed)}: ${counts.join(', ')}, ${String(chaos.#wrong.length)} wrong`);
    return chaos.#wrong;
  }

  get #hubRoot(): string {
    return path.join(this.place.storagePath, 'hub');
  }

  #upTo(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #push(repo: string): void {
    const files = filesOf(repo, ++this.#version);
    const content = Object.fromEntries(
      [...files].map(([name, data]) => [name, bufferContent(data)]),
    );
    const commits = this.#truth.get(repo) ?? new Map<string, Files>();
    if (commits.size === 0) this.hub.addRepo({ name: repo, files: content });
    const commit =
      commits.size === 0
        ? this.hub.repo(repo).commit('main')?.id
        : this.hub.repo(repo).push(content);
    commits.set(commit ?? '', files);
    this.#truth.set(repo, commits);
  }

  #start(): void {
    const seed = String(this.#upTo(1e9));
    const args = [this.program, JSON.stringify(this.place), seed, ...modelIds];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-4_000)));
    child.on('exit', (code) => {
      this.#children.splice(this.#children.indexOf(child), 1);
      if (code !== null && code !== 0)
        this.#wrong.push(`a process ended with ${String(code)}: ${said}`);
    });
    this.#children.push(child);
    this.#counts.starts++;
  }

  async #rage(forMs: number): Promise<void> {
    const endMs = Date.now() + forMs;
    while (Date.now() < endMs) {
      while (this.#children.length < windows) this.#start();
      await wait(this.#upTo(1_500));
      await this.#strike();
    }
  }

  async #strike(): Promise<void> {
    const child = this.#children[this.#upTo(this.#children.length)];
    const dice = this.#random();
    if (dice < 0.25) {
      this.#counts.kills++;
      await this.#end(child, 'SIGKILL');
    } else if (dice < 0.32) {
      child?.stdin?.write('close\n');
    } else if (dice < 0.4) {
      this.#counts.freezes++;
      this.#freeze(child);
    } else if (dice < 0.6) {
      this.#counts.faults++;
      this.hub.faults.add(this.#fault(), { times: 1 + this.#upTo(4) });
    } else if (dice < 0.66) this.hub.dropConnections();
    else if (dice < 0.72) this.hub.expireSignedUrls();
    else if (dice < 0.8) this.hub.pace.bytesPerSecondTotal = [5e5, 4e6, 2e7][this.#upTo(3)] ?? 4e6;
    else if (dice < 0.84) {
      this.#counts.pushes++;
      this.#push(repos[this.#upTo(repos.length)] ?? repos[0]);
    }
  }

  /** As a computer that sleeps. One freeze in ten is so long that the others take the process for gone. */
  #freeze(child: ChildProcess | undefined): void {
    child?.kill('SIGSTOP');
    const ms = this.#random() < 0.1 ? 60_000 + this.#upTo(20_000) : this.#upTo(4_000);
    setTimeout(() => child?.kill('SIGCONT'), ms).unref();
  }

  #fault(): Fault {
    const afterBytes = this.#upTo(400_000);
    const all: readonly Fault[] = [
      { kind: 'reset', afterBytes },
      { kind: 'truncate', afterBytes },
      { kind: 'stall', afterBytes },
      { kind: 'hang' },
      { kind: 'delay', ms: this.#upTo(2_000) },
      { kind: 'ignoreRange' },
      { kind: 'shiftedBody', bytes: this.#upTo(1_000) - 500 },
      { kind: 'status', status: [403, 404, 416, 500, 503][this.#upTo(5)] ?? 500 },
      { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
      { kind: 'htmlPage' },
      { kind: 'corrupt', offset: this.#upTo(1_000_000) },
    ];
    return all[this.#upTo(all.length)] ?? { kind: 'hang' };
  }

  /** Ends a process; settles when it is gone. */
  async #end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** The end of a seed: all processes are gone, the hub behaves, and a fresh process completes the work. */
  async #settle(): Promise<void> {
    for (const child of [...this.#children]) await this.#end(child, 'SIGKILL');
    this.#wrong.push(...(await checkCache(this.#hubRoot, this.#truth)));
    this.hub.faults.clear();
    this.hub.pace.bytesPerSecondTotal = 0;
    const manager = testCore(this.place);
    const finish = async (): Promise<void> => {
      await manager.library.checkForUpdates(undefined, AbortSignal.timeout(msToFinish));
      for (const id of modelIds) await (await manager.download(id)).finished;
    };
    const inTime = await Promise.race([
      finish().then(
        () => 'in time',
        (error: unknown) => `a fresh process could not finish: ${String(error)}`,
      ),
      wait(msToFinish, 'a fresh process is held up', { ref: false }),
    ]);
    if (inTime !== 'in time') this.#wrong.push(inTime, ...(await this.#locks()));
    const report = await manager.library.verify('all', { signal: AbortSignal.timeout(msToFinish) });
    if (report.damaged.length > 0)
      this.#wrong.push(`damaged at the end: ${JSON.stringify(report.damaged)}`);
    await manager.shutDown();
    this.#wrong.push(...(await checkCache(this.#hubRoot, this.#truth)));
    this.#wrong.push(...(await this.#lacking()));
  }

  /** The locks that are there, with what they say of their owner. */
  async #locks(): Promise<string[]> {
    const folder = path.join(this.#hubRoot, '.locks', 'asr');
    const names = await fs.readdir(folder).catch((): string[] => []);
    return await Promise.all(
      names
        .filter((name) => name.endsWith('.lock'))
        .map(async (name) => {
          const text = await fs.readFile(path.join(folder, name), 'utf8').catch(String);
          const { mtime } = await fs
            .stat(path.join(folder, name))
            .catch(() => ({ mtime: undefined }));
          return `lock ${name} of ${String(mtime?.toISOString())}: ${text} (this process is ${String(process.pid)}, now ${new Date().toISOString()})`;
        }),
    );
  }

  /** Models that are not whole in their newest commit although a process has finished. */
  async #lacking(): Promise<string[]> {
    const lacking: string[] = [];
    for (const [repo, commits] of this.#truth) {
      const folder = path.join(this.#hubRoot, `models--${repo.replace('/', '--')}`);
      const [commit = ''] = [...commits.keys()].slice(-1);
      const named = await fs.readFile(path.join(folder, 'refs', 'main'), 'utf8').catch(() => '');
      if (named.trim() !== commit)
        lacking.push(`${repo}: main is ${named}, and the hub has ${commit}`);
      // Partial files of older commits may stay: "Free Up Space" offers them.
      const newest = new Set([...(commits.get(commit)?.values() ?? [])].flatMap(digestsOf));
      const partials = await fs.readdir(path.join(folder, 'partial')).catch(() => []);
      const left = partials.filter((name) => newest.has(name));
      if (left.length > 0) lacking.push(`${repo}: left over: ${left.join(', ')}`);
    }
    return lacking;
  }
}

async function main(): Promise<void> {
  const [first = 1, seeds = 10, seconds = 240] = process.argv.slice(2).map(Number);
  let wrong = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    for (const sentence of await Chaos.run(seed, seconds)) {
      console.log(`  ${sentence}`);
      wrong++;
    }
  }
  process.exitCode = wrong === 0 ? 0 : 1;
}

void main();
