import { createRequire } from 'node:module';
import path from 'node:path';
import type { Contender } from './contenders';
import { timed } from './timed';

const program = path.join(__dirname, 'jsClient.mjs');

function client(name: string, kind: string, hash = false): Contender {
  return {
    name,
    verifies: hash,
    singleConnection: true,
    run(base, files, target) {
      const list = files.map((file) => [`${base}${file.name}`, path.join(target, file.name)]);
      const hashArgument = hash ? ' sha256' : '';
      return timed(
        `'${process.execPath}' '${program}' ${kind} '${JSON.stringify(list)}'${hashArgument}`,
      );
    },
  };
}

function isInstalled(name: string): boolean {
  try {
    createRequire(__filename).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Other JavaScript clients, each a process of its own, one file after the other over one connection. */
export function jsContenders(): Contender[] {
  return [
    ...(isInstalled('@huggingface/hub')
      ? [client('@huggingface/hub downloadFile', 'huggingface')]
      : []),
    client('fetch to a file', 'fetch'),
    client('undici to a file', 'undici'),
    client('node:http to a file', 'node:http'),
    client('node:http to a file, hashed on the way', 'node:http', true),
  ];
}
