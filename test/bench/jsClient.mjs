// One JavaScript client that downloads files one after the other: node jsClient.mjs KIND [[url, target], …] HASH
// KIND: fetch, undici, node:http or huggingface; HASH: "sha256" hashes the bytes on their way, anything else does not.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [, , kind = '', list = '[]', hash = ''] = process.argv;

const bodies = {
  fetch: async (url) => Readable.fromWeb((await fetch(url)).body),
  undici: async (url) => {
    const { request } = await import('undici');
    return (await request(url)).body;
  },
  'node:http': (url) =>
    new Promise((resolve, reject) => {
      (url.startsWith('https:') ? https : http).get(url, resolve).on('error', reject);
    }),
  huggingface: async (url) => {
    const { downloadFile } = await import('@huggingface/hub');
    const { origin, pathname } = new URL(url);
    // The bench serves its files as those of this repository, too (servers.ts).
    const blob = await downloadFile({
      repo: 'org/bench',
      path: pathname.slice(1),
      hubUrl: origin,
      xet: false,
    });
    return Readable.fromWeb(blob.stream());
  },
};

async function* hashed(parts) {
  const running = createHash('sha256');
  for await (const part of parts) {
    running.update(part);
    yield part;
  }
  running.digest('hex');
}

for (const [url, target] of JSON.parse(list)) {
  const body = await bodies[kind](url);
  const file = createWriteStream(target);
  await (hash === 'sha256' ? pipeline(body, hashed, file) : pipeline(body, file));
}
