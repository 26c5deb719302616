import type { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../../src/common/clock';
import { englishText } from '../../../src/common/localizedMessage';
import type { Logger } from '../../../src/common/logger';
import { ModelManager } from '../../../src/models';
import {
  type RunningServer,
  type ServedModels,
  servedModels,
  type ServerOptions,
  startServer,
  type Transcriber,
  type Transcription,
} from '../../../src/server';
import { FakeWorld, hubFile, hubModel } from '../models/fakePorts';

/** The fake transcriber's result for every recording. */
export const spoken: Transcription = {
  text: ' Hello model. And again.',
  segments: [
    { startMs: 0, endMs: 1200, text: 'Hello model.' },
    { startMs: 1500, endMs: 2500, text: 'And again.' },
  ],
  gaps: [],
  language: 'en',
  audioMs: 2500,
  elapsedMs: 1,
  truncated: false,
  warnings: [],
};

/** A server over a manager with one model on offer, `tiny`, and a transcriber that needs no engine. */
export interface TestServer {
  readonly server: RunningServer;
  readonly world: FakeWorld;
  readonly manager: ModelManager;
  readonly folder: string;
  readonly lines: string[];
  /** Authorised; `init` as of fetch. */
  call(route: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Says {@link spoken}, in two parts. */
export const fakeTranscriber: Transcriber = {
  checkModel: () => Promise.resolve(),
  transcribe: (_order, onSegments) => {
    for (const segment of spoken.segments) onSegments([segment]);
    return Promise.resolve(spoken);
  },
  format: (_transcription, format) => Promise.resolve(`as ${format}`),
};

type TestOverrides = Partial<Omit<ServerOptions, 'models'>>;

export async function startTestServer(
  given: TestOverrides | ((folder: string, models: ServedModels) => TestOverrides) = {},
): Promise<TestServer> {
  const world = new FakeWorld();
  world.models.push({ ...hubModel('tiny'), name: 'Tiny', sizeBytes: 1000 });
  world.files = [hubFile('tiny.bin', 1000)];
  const manager = new ModelManager(world.ports);
  const folder = await mkdtemp(path.join(tmpdir(), 'asr-server-'));
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
  const models = servedModels(manager);
  const server = await startServer({
    models,
    transcriber: fakeTranscriber,
    localise: englishText,
    logger,
    clock: systemClock,
    version: '1.2.3',
    uploadsFolder: path.join(folder, 'uploads'),
    ...(typeof given === 'function' ? given(folder, models) : given),
  });
  return {
    server,
    world,
    manager,
    folder,
    lines,
    call: (route, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('Authorization', `Bearer ${server.token}`);
      return fetch(server.url + route, { ...init, headers });
    },
    async close() {
      await server.dispose();
      manager.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A request with any headers, also those that `fetch` does not let through; the status and the body. */
export function rawRequest(
  { port }: RunningServer,
  options: {
    readonly method?: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly host?: string;
  },
): Promise<{
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}> {
  const { method = 'GET', path: target, headers = {}, body, host = '127.0.0.1' } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host, port, method, path: target, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
            headers: { ...response.headers },
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** The value of the next event of this name. */
export function nextEvent(emitter: EventEmitter, name: string): Promise<unknown> {
  return new Promise((resolve) => {
    emitter.once(name, resolve);
  });
}
