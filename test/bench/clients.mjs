/* global performance */
// What one client costs to receive bytes and drop them: node test/bench/clients.mjs URL BYTES [RUNS]
// Prints wall and CPU milliseconds per GiB; the figures behind the choice of raw sockets (README.md).
import http from 'node:http';
import net from 'node:net';

const [, , url = '', bytesText = '0', runs = '3'] = process.argv;
const total = Number(bytesText);
const { hostname, port, pathname, host } = new URL(url);

const clients = {
  'raw socket, onread': () =>
    new Promise((resolve) => {
      const memory = Buffer.allocUnsafeSlow(2 ** 20);
      let got = 0;
      const socket = net.connect({
        host: hostname,
        port: Number(port),
        onread: {
          buffer: memory,
          callback(bytes) {
            got += bytes;
            if (got >= total) {
              socket.destroy();
              resolve();
            }
            return true;
          },
        },
      });
      socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    }),
  'node:http': () =>
    new Promise((resolve, reject) => {
      http
        .get(url, async (message) => {
          for await (const part of message) void part;
          resolve();
        })
        .on('error', reject);
    }),
  'undici request': async () => {
    const { request } = await import('undici');
    const { body } = await request(url);
    for await (const part of body) void part;
  },
  fetch: async () => {
    const { body } = await fetch(url);
    for await (const part of body) void part;
  },
};

for (let run = 0; run < Number(runs); run++) {
  for (const [name, receive] of Object.entries(clients)) {
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    await receive();
    const { user, system } = process.cpuUsage(cpu);
    const perGiB = 2 ** 30 / total;
    const wall = ((performance.now() - startMs) * perGiB).toFixed(0);
    console.log(
      `${name}: ${wall} ms wall, ${(((user + system) / 1000) * perGiB).toFixed(0)} ms CPU`,
    );
  }
}
