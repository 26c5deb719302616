/**
 * Lines that are not the loopback: two network namespaces with a pair of virtual cables between them, with the delay
 * and the loss of a real way, a dead address next to the good one, a network that forgets its connections, a proxy that
 * drops the first CONNECT. Prints one table per line; needs root, Linux, `ip` and, for delay and loss, the kernel's
 * netem or Python (`delayLine.py`). Options: --runs N (5), --mib N (64), --only TEXT (part of a line's name), --field
 * TEXT,TEXT (parts of the contenders' names).
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { proxyCases, startRawProxy } from '../hub/adversary';
import { contenders, type Measure } from './contenders';
import { makeFiles, type BenchFile } from './files';
import { buildPrograms } from './programs';
import { printTable, type Row } from './table';

const [here, there] = ['asr-bench-client', 'asr-bench-server'];
const server = '10.99.0.1';
const client = '10.99.0.2';
/** Its packets go to a machine that is not there. */
const dead = { four: '10.99.0.9', six: 'fd99::9' };
const host = 'hub.bench';

interface Line {
  readonly name: string;
  /** Of each direction; absent: as fast as the machine. */
  readonly way?: { readonly delayMs: number; readonly lostPercent?: number };
  /** Addresses of the host, in the resolver's order. */
  readonly addresses?: readonly string[];
  /** The address of this side changes in the middle of every download: open connections receive nothing more. */
  readonly forgets?: true;
  /** Over TLS through a proxy that drops the first CONNECT of every download. */
  readonly proxy?: true;
}

const lines: readonly Line[] = [
  { name: '20 ms', way: { delayMs: 10 } },
  { name: '100 ms', way: { delayMs: 50 } },
  { name: '320 ms', way: { delayMs: 160 } },
  { name: '20 ms and 1 % loss', way: { delayMs: 10, lostPercent: 1 } },
  { name: '320 ms and a dead IPv6 address', way: { delayMs: 160 }, addresses: [dead.six, server] },
  { name: 'a dead address first', addresses: [dead.four, server] },
  { name: 'dead addresses last', addresses: [server, dead.six, dead.four] },
  { name: 'a network that forgets', forgets: true },
  { name: 'a proxy that drops the first CONNECT', proxy: true },
];

function option(name: string, fallback: string): string {
  const index = process.argv.indexOf(`--${name}`);
  return index === -1 ? fallback : (process.argv[index + 1] ?? fallback);
}

/** Runs a command to its end; throws what it says when it fails. */
function command(text: string): void {
  const [name = '', ...args] = text.split(' ');
  const { status, stderr, error } = spawnSync(name, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${text}: ${stderr || String(error)}`);
}

/** Sets up both sides. Resolves with what is between them where that is a program; it ends with its input. */
async function setUp(line: Line): Promise<ChildProcess | undefined> {
  await fs.mkdir(`/etc/netns/${here}`, { recursive: true });
  const names = (line.addresses ?? [server]).map((address) => `${address} ${host}\n`);
  await fs.writeFile(`/etc/netns/${here}/hosts`, `127.0.0.1 localhost\n${names.join('')}`);
  for (const name of [here, there]) command(`ip netns add ${name}`);
  const program = line.way === undefined || hasNetem() ? undefined : await startDelay(line.way);
  if (program === undefined) command('ip link add asr-c type veth peer name asr-s');
  for (const [end, name, address, six] of [
    ['asr-c', here, client, 'fd99::2'],
    ['asr-s', there, server, 'fd99::1'],
  ] as const) {
    command(`ip link set ${end} netns ${name}`);
    command(`ip -n ${name} addr add ${address}/24 dev ${end}`);
    command(`ip -n ${name} addr add ${six}/64 dev ${end} nodad`);
    command(`ip -n ${name} link set ${end} up`);
    command(`ip -n ${name} link set lo up`);
    if (line.way === undefined || program !== undefined) continue;
    const { delayMs, lostPercent = 0 } = line.way;
    const netem = `delay ${String(delayMs)}ms loss ${String(lostPercent)}% limit 100000`;
    command(`tc -n ${name} qdisc add dev ${end} root netem ${netem}`);
  }
  // A device without neighbours resolves no addresses: the other side drops packets that are not for it.
  if (program !== undefined) return program;
  for (const address of [dead.four, dead.six]) {
    command(`ip -n ${here} neigh add ${address} lladdr 02:00:00:00:00:99 dev asr-c`);
  }
  return undefined;
}

/** Whether the kernel can delay and lose packets itself. */
function hasNetem(): boolean {
  const tried = spawnSync('tc', ['-n', here, 'qdisc', 'add', 'dev', 'lo', 'root', 'netem']);
  if (tried.status !== 0) return false;
  command(`tc -n ${here} qdisc del dev lo root`);
  return true;
}

/** Starts the program that stands for netem: the devices of both sides are its own. */
async function startDelay({
  delayMs,
  lostPercent = 0,
}: NonNullable<Line['way']>): Promise<ChildProcess> {
  const script = path.join(__dirname, 'delayLine.py');
  const args = [script, 'asr-c', 'asr-s', String(delayMs), String(lostPercent / 100)];
  const child = spawn('python3', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  const isReady = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    once(child, 'close').then(() => false),
    once(child, 'error').then(() => false),
  ]);
  if (!isReady) throw new NoDelay(errors);
  return child;
}

/** Neither the kernel nor a program can delay packets here. */
class NoDelay extends Error {}

async function tearDown(): Promise<void> {
  for (const name of [here, there]) spawnSync('ip', ['netns', 'del', name]);
  await fs.rm(`/etc/netns/${here}`, { recursive: true, force: true });
}

/** Runs a program of the bench in a namespace. */
function startIn(
  name: string,
  script: string,
  args: readonly string[],
): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const node = [
    'netns',
    'exec',
    name,
    process.execPath,
    '--import',
    'tsx',
    path.join(__dirname, script),
  ];
  return spawn('ip', [...node, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The bench's file server in the other namespace, and its port. */
async function serve(folder: string, line: Line): Promise<[ChildProcess, number]> {
  const rate = line.forgets === true ? '8000000' : '0';
  const more = ['0.0.0.0', ...(line.proxy === true ? ['tls'] : [])];
  const child = startIn(there, 'serverProgram.ts', [path.join(folder, 'served'), rate, ...more]);
  const [text] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return [child, Number(text)];
}

/** Changes the address of the client's side, there and back. */
function changeAddress(from: string, to: string): void {
  command(`ip -n ${here} addr del ${from}/24 dev asr-c`);
  command(`ip -n ${here} addr add ${to}/24 dev asr-c`);
}

/** Measures all contenders in the client's namespace. */
async function measureAll(line: Line, base: string, folder: string): Promise<Row[]> {
  const args = ['--inside', folder, '--base', base, '--runs', option('runs', '5')];
  args.push('--field', option('field', ''));
  const inner = startIn(here, 'lines.ts', [
    ...args,
    ...(line.proxy === true ? ['--proxy', 'yes'] : []),
  ]);
  let rows: Row[] = [];
  let [from, to] = [client, '10.99.0.3'];
  for await (const text of createInterface({ input: inner.stdout })) {
    if (text.startsWith('[')) rows = JSON.parse(text) as Row[];
    else if (line.forgets === true) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      changeAddress(from, to);
      [from, to] = [to, from];
    }
  }
  return rows;
}

/** In the client's namespace: runs every contender in turn, and prints what was measured. */
async function inside(folder: string): Promise<void> {
  const base = option('base', '');
  const programs = {
    downloader: path.join(folder, 'downloader.js'),
    worker: path.join(folder, 'transferWorker.js'),
  };
  const files = JSON.parse(
    await fs.readFile(path.join(folder, 'files.json'), 'utf8'),
  ) as BenchFile[];
  const rows = new Map<string, Measure[]>();
  const wanted = option('field', '').split(',');
  const field = contenders(programs).filter(
    ({ name }) => !name.includes('80 connections') && wanted.some((part) => name.includes(part)),
  );
  for (let run = 0; run < Number(option('runs', '5')); run++) {
    for (const contender of field) {
      const { name } = contender;
      const target = path.join(folder, 'out');
      // A program that was ended a moment ago may still be writing.
      await fs.rm(target, { recursive: true, force: true, maxRetries: 20 });
      await fs.mkdir(target, { recursive: true });
      const url = new URL(base);
      const proxy =
        option('proxy', '') === ''
          ? undefined
          : await startRawProxy(dropFirst, Number(url.port), server);
      if (proxy !== undefined) process.env['https_proxy'] = proxy.url;
      process.stdout.write(`${name}\n`);
      const measured = await limited(contender.run(base, files, target));
      await proxy?.close();
      process.stderr.write(
        `${name}: ${measured.ok ? `${measured.seconds.toFixed(2)} s` : 'failed'}\n`,
      );
      rows.set(name, [...(rows.get(name) ?? []), measured]);
    }
  }
  const all = field.map(({ name, verifies }) => ({ name, verifies, runs: rows.get(name) ?? [] }));
  process.stdout.write(`${JSON.stringify(all)}\n`);
}

/** A program that waits for a connection which is gone waits for ever: it is ended after a minute. */
const limitMs = 60_000;

async function limited(running: Promise<Measure>): Promise<Measure> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Measure>((resolve) => {
    timer = setTimeout(() => {
      // All processes in this namespace were started here.
      const { stdout } = spawnSync('ip', ['netns', 'pids', here], { encoding: 'utf8' });
      const others = stdout.split('\n').filter((pid) => pid !== '' && pid !== String(process.pid));
      spawnSync('kill', others);
      resolve({ ok: false, seconds: limitMs / 1000 });
    }, limitMs);
  });
  return Promise.race([running, late]).finally(() => clearTimeout(timer));
}

const dropFirst =
  proxyCases.find(({ what }) => what === 'an end once')?.answer ?? (() => undefined);

function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'The lines need Linux and root, for network namespaces.';
  }
  return spawnSync('ip', ['-V']).error === undefined
    ? undefined
    : 'The lines need the command ip (iproute2).';
}

async function main(): Promise<void> {
  const reason = whyNot();
  if (reason !== undefined) {
    process.stdout.write(`${reason} They are skipped.\n`);
    return;
  }
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'asr-lines-'));
  try {
    const files = await makeFiles(folder, 'one', 1, Number(option('mib', '64')));
    await fs.writeFile(path.join(folder, 'files.json'), JSON.stringify(files));
    await buildPrograms(folder);
    for (const line of lines.filter(({ name }) => name.includes(option('only', '')))) {
      await tearDown();
      let served: ChildProcess | undefined;
      let between: ChildProcess | undefined;
      try {
        between = await setUp(line);
        const [child, port] = await serve(folder, line);
        served = child;
        const scheme = line.proxy === true ? 'https' : 'http';
        const rows = await measureAll(line, `${scheme}://${host}:${String(port)}/`, folder);
        printTable(line.name, files, rows);
      } catch (error) {
        if (!(error instanceof NoDelay)) throw error;
        process.stdout.write(
          `\n${line.name}: skipped, nothing here can delay packets (${error.message.trim()}).\n`,
        );
      } finally {
        served?.kill();
        between?.kill();
      }
    }
  } finally {
    await tearDown();
    await fs.rm(folder, { recursive: true, force: true });
  }
}

const folder = option('inside', '');
void (folder === '' ? main() : inside(folder));
