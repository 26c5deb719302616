/** A plain file server with ranges and a speed per connection, for machines without nginx. */
import { createReadStream, statSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { tlsFixture } from '../hub';

const [, , folder = '.', rate = '0', host = '127.0.0.1', scheme = 'plain'] = process.argv;
const bytesPerSecond = Number(rate);

const listener: http.RequestListener = (request, response) => {
  const file = path.join(folder, path.basename(request.url ?? ''));
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    response.writeHead(404).end();
    return;
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const last = range?.[2] === undefined || range[2] === '' ? size - 1 : Number(range[2]);
  response.writeHead(range === null ? 200 : 206, {
    'Content-Length': last - start + 1,
    'Accept-Ranges': 'bytes',
    ETag: `"${path.basename(file)}"`,
    ...(range === null
      ? {}
      : { 'Content-Range': `bytes ${String(start)}-${String(last)}/${String(size)}` }),
  });
  const stream = createReadStream(file, { start, end: last, highWaterMark: 256 * 1024 });
  if (bytesPerSecond === 0) {
    stream.pipe(response);
    return;
  }
  let freeAtMs = performance.now();
  stream.on('data', (part) => {
    stream.pause();
    response.write(part);
    freeAtMs = Math.max(freeAtMs, performance.now() - 20) + (part.length / bytesPerSecond) * 1000;
    setTimeout(() => stream.resume(), Math.max(0, freeAtMs - performance.now()));
  });
  stream.on('end', () => response.end());
  response.on('close', () => stream.destroy());
};
const server =
  scheme === 'tls'
    ? https.createServer({ key: tlsFixture.key, cert: tlsFixture.certificate }, listener)
    : http.createServer(listener);
server.listen(0, host, () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
