import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import OpenAI from 'openai';
import { systemClock } from '../../src/common/clock';
import { isObject } from '../../src/common/json';
import { englishText } from '../../src/common/localizedMessage';
import { silentLogger } from '../../src/common/logger';
import type { ModelManager } from '../../src/models';
import { type RunningServer, servedModels, startServer } from '../../src/server';
import type { TestHub } from '../hub';
import { testCore } from '../unit/models/support/testCore';
import { removeBundle } from '../unit/runtime/support';
import { jfkPath, jfkWords, realPlace, startRealHub, wordErrorRate } from './realModels';

const model = 'hf:real/moonshine-tiny-ONNX';
const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find((each) => existsSync(each));
const program = `
import json, sys, urllib.request
base, token, model, recording = sys.argv[1:]
auth = {"Authorization": "Bearer " + token}
def ask(path, data=None, headers={}):
    return json.load(urllib.request.urlopen(urllib.request.Request(base + path, data, {**auth, **headers})))
assert model in [each["id"] for each in ask("/v1/models")["data"]]
part = '--b\\r\\nContent-Disposition: form-data; name="%s"%s\\r\\n\\r\\n'
body = (part % ("model", "") + model + "\\r\\n" + part % ("file", '; filename="jfk.wav"')).encode()
body += open(recording, "rb").read() + b"\\r\\n--b--\\r\\n"
print(ask("/v1/audio/transcriptions", body, {"Content-Type": "multipart/form-data; boundary=b"})["text"])
`;

describe('a real model through the server for other programs', () => {
  let hub: TestHub;
  let root: string;
  let manager: ModelManager;
  let server: RunningServer;

  before(async () => {
    const place = await realPlace();
    root = place.root;
    hub = await startRealHub();
    const storagePath = path.join(root, 'storage');
    manager = testCore({ storagePath, distPath: place.distPath, hubUrl: hub.url });
    await (
      await manager.download(model)
    ).finished;
    server = await startServer({
      models: servedModels(manager),
      localise: englishText,
      logger: silentLogger,
      clock: systemClock,
      version: '1',
      uploadsFolder: path.join(root, 'uploads'),
    });
  });
  after(async () => {
    await server.dispose();
    await manager.shutDown();
    await hub.close();
    await rm(root, { recursive: true, force: true });
    await removeBundle();
  });

  const isRight = (text: string): void => assert.equal(wordErrorRate(jfkWords, text), 0, text);

  it('OpenAI’s own package lists it, and has every word of a recording', async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.token });
    const { data } = await client.models.list();
    assert.deepEqual(
      data.map(({ id }) => id),
      [model],
    );
    const ask = { file: createReadStream(jfkPath), model };
    isRight((await client.audio.transcriptions.create(ask)).text);
    const file = createReadStream(jfkPath);
    let streamed = '';
    for await (const event of await client.audio.transcriptions.create({
      file,
      model,
      stream: true,
    })) {
      if (event.type === 'transcript.text.delta') streamed += event.delta;
    }
    isRight(streamed);
  });

  it('Python’s standard library as well', async function () {
    if (python === undefined) return this.skip(); // this machine has no Python
    const args = ['-c', program, server.url, server.token, model, jfkPath];
    isRight((await promisify(execFile)(python, args)).stdout);
  });

  it('and an agent, by the official MCP client', async () => {
    const client = new Client({ name: 'test', version: '1' });
    const headers = { Authorization: `Bearer ${server.token}` };
    const transport = new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), {
      requestInit: { headers },
    });
    await client.connect(transport);
    const tool = { name: 'transcribe_file', arguments: { path: jfkPath, model } };
    const { structuredContent } = await client.callTool(tool);
    assert.ok(isObject(structuredContent) && typeof structuredContent['text'] === 'string');
    isRight(structuredContent['text']);
    await client.close();
  });
});
