import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import OpenAI, { APIError, toFile } from 'openai';
import { AsrError, Cancelled } from '../../../src/common/asrError';
import { deferred } from '../../../src/common/deferred';
import { localized } from '../../../src/common/localizedMessage';
import { managerTranscriber, type TranscriptionOrder } from '../../../src/server';
import { fakeTranscriber, spoken, startTestServer, type TestServer } from './testServer';

const sent = Buffer.from(Array.from({ length: 150_000 }, (_, index) => index % 251));

describe('OpenAI’s own client', () => {
  let test: TestServer;
  let client: OpenAI;
  let orders: TranscriptionOrder[];
  let received: Buffer[];

  beforeEach(async () => {
    orders = [];
    received = [];
    test = await startTestServer({
      transcriber: {
        ...fakeTranscriber,
        async transcribe(order, onSegments, signal) {
          orders.push(order);
          received.push(await readFile(order.path));
          return await fakeTranscriber.transcribe(order, onSegments, signal);
        },
      },
    });
    const { url, token } = test.server;
    client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
  });
  afterEach(async () => {
    assert.deepEqual(await uploadsOf(test), [], 'an upload is left');
    await test.close();
  });

  it('lists the models that are here', async () => {
    const listed = await client.models.list();
    assert.deepEqual(listed.data, []);
  });

  it('transcribes: every byte arrives, with what was asked for', async () => {
    const file = await toFile(sent, 'talk of "today".wav');
    const { text } = await client.audio.transcriptions.create({
      file,
      model: 'tiny',
      language: 'en',
      prompt: 'Grüße, 你好',
      temperature: 0.2,
    });
    assert.equal(text, 'Hello model. And again.');
    assert.deepEqual(received[0], sent);
    const [order] = orders;
    assert.ok(order);
    assert.equal(order.model, 'tiny');
    assert.match(order.path, /[0-9a-f-]{36}\.wav$/);
    const request = { task: 'transcribe', language: 'en', prompt: 'Grüße, 你好' };
    assert.deepEqual(order.request, request);
  });

  it('translates', async () => {
    await client.audio.translations.create({ file: await toFile(sent, 'a.mp3'), model: 'tiny' });
    assert.equal(orders[0]?.request.task, 'translate');
  });

  it('gets each format', async () => {
    const file = await toFile(sent, 'a.wav');
    const ask = { file, model: 'tiny' };
    const verbose = await client.audio.transcriptions.create({
      ...ask,
      response_format: 'verbose_json',
    });
    assert.equal(verbose.language, 'english');
    assert.equal(verbose.duration, 2.5);
    assert.deepEqual(
      verbose.segments?.map(({ start, end, text }) => ({ start, end, text })),
      [
        { start: 0, end: 1.2, text: 'Hello model.' },
        { start: 1.5, end: 2.5, text: 'And again.' },
      ],
    );
    const text: unknown = await client.audio.transcriptions.create({
      ...ask,
      response_format: 'text',
    });
    assert.equal(text, 'Hello model. And again.\n');
    for (const format of ['srt', 'vtt'] as const) {
      const got: unknown = await client.audio.transcriptions.create({
        ...ask,
        response_format: format,
      });
      assert.equal(got, `as ${format}`);
    }
  });

  it('streams the text as it comes', async () => {
    const stream = await client.audio.transcriptions.create({
      file: await toFile(sent, 'a.wav'),
      model: 'tiny',
      stream: true,
    });
    const events = [];
    for await (const event of stream) events.push(event);
    assert.deepEqual(events, [
      { type: 'transcript.text.delta', delta: 'Hello model.' },
      { type: 'transcript.text.delta', delta: ' And again.' },
      { type: 'transcript.text.done', text: spoken.text.trim() },
    ]);
  });

  it('understands a refusal', async () => {
    await assert.rejects(
      client.audio.transcriptions.create({
        file: await toFile(sent, 'a.wav'),
        model: 'tiny',
        response_format: 'diarized_json',
      }),
      (error: unknown) => {
        assert.ok(error instanceof APIError);
        assert.equal(error.status, 400);
        assert.match(error.message, /json, text, srt, vtt, verbose_json/);
        return true;
      },
    );
  });
});

describe('transcriptions that wait, fail and are given up', () => {
  it('one at a time; beyond the bound 429 with Retry-After; a client that goes makes room', async () => {
    const begun: string[] = [];
    const first = deferred<undefined>();
    const aborted = deferred<undefined>();
    const test = await startTestServer({
      limits: { transcriptions: 2 },
      transcriber: {
        ...fakeTranscriber,
        transcribe(order, _onSegments, signal) {
          begun.push(order.path);
          first.resolve(undefined);
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted.resolve(undefined);
              reject(new Cancelled());
            });
          });
        },
      },
    });
    const going = new AbortController();
    const ask = (signal?: AbortSignal): Promise<Response> =>
      test.call('/v1/audio/transcriptions', {
        method: 'POST',
        body: form(),
        ...(signal === undefined ? {} : { signal }),
      });
    const running = ask(going.signal);
    await first.promise;
    const waiting = new AbortController();
    const second = ask(waiting.signal);
    // The second place is taken when its upload has begun.
    let third = await ask(AbortSignal.timeout(60_000)).catch(() => undefined);
    while (third?.status !== 429) third = await ask();
    assert.ok(Number(third.headers.get('retry-after')) > 0);
    assert.equal(begun.length, 1);
    going.abort();
    await assert.rejects(running, { name: 'AbortError' });
    await aborted.promise;
    waiting.abort();
    await assert.rejects(second);
    await test.server.dispose();
    assert.deepEqual(await uploadsOf(test), []);
    await test.close();
  });

  it('a failure of the engine is reported in the person’s language, in a stream as well', async () => {
    const test = await startTestServer({
      transcriber: {
        ...fakeTranscriber,
        transcribe: () =>
          Promise.reject(new AsrError('runtime', localized('{0} gave up.', 'The engine'))),
      },
    });
    const init = { method: 'POST', body: form() };
    const plain = await test.call('/v1/audio/transcriptions', init);
    assert.equal(plain.status, 500);
    const body = '{"error":{"code":"runtime","message":"The engine gave up."}}';
    assert.equal(await plain.text(), body);
    const streamed = form();
    streamed.set('stream', 'true');
    const stream = await test.call('/v1/audio/transcriptions', { method: 'POST', body: streamed });
    assert.match(await stream.text(), /"type":"error","error":\{"code":"runtime"/);
    assert.deepEqual(await uploadsOf(test), []);
    await test.close();
  });

  it('a model that is not here: 404 with the command that downloads it', async () => {
    const test = await startTestServer((_folder, models) => ({
      transcriber: managerTranscriber(models, () => ''),
    }));
    const data = form();
    const answer = await test.call('/v1/audio/transcriptions', { method: 'POST', body: data });
    assert.equal(answer.status, 404);
    assert.match(
      await answer.text(),
      /Tiny is not downloaded\. Run \\"asr-models download tiny\\"/,
    );
    data.set('model', 'none');
    const unknown = await test.call('/v1/audio/transcriptions', { method: 'POST', body: data });
    assert.equal(unknown.status, 404);
    data.set('model', 'whisper-1');
    const nothing = await test.call('/v1/audio/transcriptions', { method: 'POST', body: data });
    assert.match(await nothing.text(), /No model is loaded/);
    assert.deepEqual(await uploadsOf(test), []);
    await test.close();
  });
});

describe('Python’s standard library', () => {
  const program = `
import json, sys, urllib.request, uuid
base, token = sys.argv[1], sys.argv[2]
auth = {"Authorization": "Bearer " + token}
listed = json.load(urllib.request.urlopen(urllib.request.Request(base + "/v1/models", headers=auth)))
boundary = uuid.uuid4().hex
body = (f"--{boundary}\\r\\nContent-Disposition: form-data; name=\\"model\\"\\r\\n\\r\\ntiny\\r\\n"
        f"--{boundary}\\r\\nContent-Disposition: form-data; name=\\"file\\"; filename=\\"a.wav\\"\\r\\n\\r\\n").encode()
body += b"RIFF" + bytes(50000) + f"\\r\\n--{boundary}--\\r\\n".encode()
request = urllib.request.Request(base + "/v1/audio/transcriptions", data=body,
    headers={**auth, "Content-Type": "multipart/form-data; boundary=" + boundary})
print(json.dumps([listed, json.load(urllib.request.urlopen(request))]))
`;

  it('lists and transcribes', async function () {
    const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find((each) => existsSync(each));
    if (python === undefined) return this.skip(); // this machine has no Python
    const test = await startTestServer();
    const child = spawn(python, ['-c', program, test.server.url, test.server.token]);
    let out = '';
    let wrong = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (wrong += chunk.toString()));
    await once(child, 'close');
    assert.equal(wrong, '');
    assert.deepEqual(JSON.parse(out), [
      { object: 'list', data: [] },
      { text: 'Hello model. And again.' },
    ]);
    await test.close();
  });
});

function form(): FormData {
  const data = new FormData();
  data.set('file', new Blob([sent]), 'a.wav');
  data.set('model', 'tiny');
  return data;
}

async function uploadsOf({ folder }: TestServer): Promise<string[]> {
  const uploads = path.join(folder, 'uploads');
  const names = await readdir(uploads, { recursive: true }).catch((): string[] => []);
  return names.filter((name) => name.includes('.wav') || name.includes('.mp3'));
}
