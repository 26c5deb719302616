import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { tlsFixture } from '../hub';

/** The servers of a bench, each a process of its own. Addresses end with a slash. */
export interface Servers {
  readonly kind: 'nginx' | 'Node';
  readonly fastUrl: string;
  /** 20 MB/s per connection. */
  readonly cappedUrl: string;
  /** Unthrottled over TLS, with the test hub's certificate; only nginx serves it. */
  readonly tlsUrl: string | undefined;
  /** 25 MiB/s per connection: four of them make a line of about 100 MB/s. */
  readonly steadyUrl: string;
  /** 20 MB/s per connection behind 50 ms for each connection and for each request. */
  readonly farUrl: string;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function nginx(
  folder: string,
  port: number,
  cappedPort: number,
  steadyPort: number,
  tlsPort: number,
): Promise<ChildProcess> {
  const root = path.join(folder, 'served');
  const config = path.join(folder, 'nginx.conf');
  const common = `root ${root}; `;
  await fs.writeFile(path.join(folder, 'cert.pem'), tlsFixture.certificate);
  await fs.writeFile(path.join(folder, 'key.pem'), tlsFixture.key);
  await fs.writeFile(
    config,
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; worker_processes 1;
events { worker_connections 1024; }
http { access_log off; sendfile on; keepalive_requests 1000000; client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2;
fastcgi_temp_path ${folder}/t3; uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
server { listen 127.0.0.1:${String(port)}; ${common} }
server { listen 127.0.0.1:${String(cappedPort)}; ${common} limit_rate 20m; }
server { listen 127.0.0.1:${String(steadyPort)}; ${common} limit_rate 25m; }
server { listen 127.0.0.1:${String(tlsPort)} ssl; ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem; ${common} } }`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', config], { stdio: 'ignore' });
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${String(port)}/`).then(
      () => true,
      () => false,
    );
    if (answered) return child;
    if (child.exitCode !== null) throw new Error('nginx did not start');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs one of the bench's own server programs and gives the port that it prints. */
async function program(name: string, args: readonly string[]): Promise<[ChildProcess, number]> {
  const script = path.join(__dirname, name);
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return [child, Number(line)];
}

/** Starts nginx where it is installed, a Node server elsewhere, and a relay that adds the delay. */
export async function startServers(folder: string): Promise<Servers> {
  const children: ChildProcess[] = [];
  const hasNginx = spawnSync('nginx', ['-v']).error === undefined;
  let fast: number;
  let capped: number;
  let steady: number;
  let tls: number | undefined;
  const served = path.join(folder, 'served');
  // The same files as those of a repository, for a client that speaks the Hub's protocol.
  await fs.mkdir(path.join(served, 'org/bench/resolve'), { recursive: true });
  await fs.symlink(served, path.join(served, 'org/bench/resolve/main'));
  if (hasNginx) {
    [fast, capped, steady, tls] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    children.push(await nginx(folder, fast, capped, steady, tls));
  } else {
    const [fastChild, fastPort] = await program('serverProgram.ts', [served, '0']);
    const [cappedChild, cappedPort] = await program('serverProgram.ts', [served, '20000000']);
    const [steadyChild, steadyPort] = await program('serverProgram.ts', [served, '26214400']);
    children.push(fastChild, cappedChild, steadyChild);
    [fast, capped, steady] = [fastPort, cappedPort, steadyPort];
  }
  const [relay, far] = await program('relayProgram.ts', [String(capped), '50']);
  children.push(relay);
  const url = (port: number): string => `http://127.0.0.1:${String(port)}/`;
  return {
    kind: hasNginx ? 'nginx' : 'Node',
    fastUrl: url(fast),
    cappedUrl: url(capped),
    tlsUrl: tls === undefined ? undefined : `https://localhost:${String(tls)}/`,
    steadyUrl: url(steady),
    farUrl: url(far),
    async close() {
      for (const child of children) {
        if (child.exitCode !== null) continue;
        const exit = once(child, 'exit');
        child.kill('SIGTERM');
        await exit;
      }
    },
  };
}
