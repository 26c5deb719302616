import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { FileToFetch } from '../../src/download';
import { defined } from '../../src/protocol/defined';
import { tlsFixture } from '../hub';
import type { DownloaderResult, DownloaderTask } from './downloader';
import type { BenchFile } from './files';
import { jsContenders } from './jsContenders';
import type { Programs } from './programs';
import { timed } from './timed';

/** The cost of one run of one contender. Absent: it can't be measured from outside. */
export interface Measure {
  readonly ok: boolean;
  readonly seconds: number;
  readonly cpuSeconds?: number;
  readonly memoryMiB?: number;
  readonly loopP99Ms?: number;
  readonly verifySeconds?: number;
  readonly connections?: number;
}

export interface Contender {
  readonly name: string;
  readonly verifies: boolean;
  /** It fetches a file over one connection. */
  readonly singleConnection: boolean;
  run(base: string, files: readonly BenchFile[], target: string): Promise<Measure>;
}

function shell(
  name: string,
  verifies: boolean,
  line: (base: string, files: readonly BenchFile[], target: string) => string,
): Contender {
  return {
    name,
    verifies,
    singleConnection: true,
    run: (base, files, target) => timed(line(base, files, target)),
  };
}

function curlLine(base: string, files: readonly BenchFile[], target: string): string {
  const parts = files.map(({ name }) => `-o ${target}/${name} ${base}${name}`).join(' ');
  return `curl -ksSf ${files.length > 1 ? '--parallel --parallel-max 16 ' : ''}${parts}`;
}

function sums(files: readonly BenchFile[], target: string): string {
  return files.map(({ name, sha256 }) => `${sha256}  ${target}/${name}`).join('\\n');
}

function aria2(name: string, verifies: boolean): Contender {
  return {
    name,
    verifies,
    singleConnection: false,
    async run(base, files, target) {
      const list = path.join(target, 'list.txt');
      const lines = files.map(
        ({ name: file, sha256 }) =>
          `${base}${file}\n  out=${file}${verifies ? `\n  checksum=sha-256=${sha256}` : ''}`,
      );
      await fs.writeFile(list, lines.join('\n'));
      return timed(
        `aria2c -q -x16 -s16 --check-certificate=false --file-allocation=none -d ${target} -i ${list}`,
      );
    },
  };
}

/** This engine with a budget of connections. */
export function ours(programs: Programs, maxConnections: number): Contender {
  return {
    name: `this engine, ${String(maxConnections)} connections at most`,
    verifies: true,
    singleConnection: false,
    async run(base, files, target) {
      const task: DownloaderTask = {
        worker: programs.worker,
        maxConnections,
        certificates: base.startsWith('https:') ? [tlsFixture.certificate] : [],
        files: files.map((file) => toFetch(base, file, target)),
        // As for the other programs, from the environment.
        ...defined({
          proxyUrl: base.startsWith('https:') ? process.env['https_proxy'] : undefined,
        }),
      };
      const child = spawn(process.execPath, [programs.downloader, JSON.stringify(task)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (part: Buffer) => (text += part.toString()));
      await once(child, 'close');
      const result = JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as DownloaderResult;
      return { ...result, memoryMiB: result.grownMiB };
    },
  };
}

/** A bench file as the engine is asked for it. */
export function toFetch(base: string, file: BenchFile, target: string): FileToFetch {
  return {
    path: file.name,
    sizeBytes: file.sizeBytes,
    digest: { algorithm: 'sha256', hex: file.sha256 },
    partialPath: path.join(target, file.name),
    journalPath: path.join(target, `${file.name}.json`),
    sources: [{ url: `${base}${file.name}` }],
  };
}

/** Our engine, and what of the others is installed. */
export function contenders(programs: Programs): Contender[] {
  const has = (command: string, argument = '--version'): boolean =>
    spawnSync(command, [argument]).error === undefined;
  const field = [ours(programs, 16)];
  if (has('curl')) {
    field.push(shell('curl', false, curlLine));
    if (has('openssl', 'version')) {
      field.push(
        shell('curl, then openssl dgst', true, (base, files, target) => {
          const hashes = files.map(({ name }) => `${target}/${name}`).join(' ');
          return `${curlLine(base, files, target)} && openssl dgst -sha256 ${hashes}`;
        }),
      );
    }
    if (has('sha256sum')) {
      field.push(
        shell('curl, then sha256sum', true, (base, files, target) => {
          return `${curlLine(base, files, target)} && printf '${sums(files, target)}\\n' | sha256sum -c`;
        }),
      );
    }
  }
  if (has('aria2c')) {
    field.push(aria2('aria2c -x16 -s16', false), aria2('aria2c -x16 -s16 with checksum', true));
    // By default aria2 fetches five files at once, each over 16 connections: the same budget for us.
    field.push(ours(programs, 80));
  }
  return [...field, ...jsContenders()];
}
