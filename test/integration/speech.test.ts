import assert from 'node:assert/strict';
import { readFile, realpath, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { deferred } from '../../src/common/deferred';
import type { AsrModelApi } from '../../src/vscode/api';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { activateApi, setEndpoint } from './hubFixture';
import { runtimeProcesses } from './runtimeProcesses';

const ggml = 'sample-whisper-hello';
const sherpa = 'sample-nemo-ctc';

function setting(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('asr');
}

async function set(key: string, value: unknown): Promise<void> {
  await setting().update(key, value, vscode.ConfigurationTarget.Global);
}

/** Resolves when `asr.model` has this value. */
async function activeModelIs(modelId: string): Promise<void> {
  while (setting().get<unknown>('model') !== modelId) {
    await new Promise<void>((resolve) => {
      const listening = vscode.workspace.onDidChangeConfiguration(() => {
        listening.dispose();
        resolve();
      });
    });
  }
}

/** The real file of a downloaded model, behind the link of its snapshot. */
async function blobOf(api: AsrModelApi, modelId: string, file = ''): Promise<string> {
  const found = await api.getModelPath(modelId);
  assert.ok(found !== undefined);
  return await realpath(path.join(found, file));
}

/** Changes the bytes of a file. */
async function edit(file: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(file);
  change(bytes);
  await writeFile(file, bytes);
}

describe('speech in a real extension host', function () {
  this.timeout(240_000);
  let api: AsrModelApi;
  let sample: SampleHub;

  before(async () => {
    api = await activateApi();
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes: 1_000_000, failing: true });
    await setEndpoint(sample.url);
    await set('catalog.additional', [sample.catalogUrl]);
  });
  after(async () => {
    await api.clearCache();
    for (const key of ['catalog.additional', 'model']) await set(key, undefined);
    await setEndpoint(undefined);
    await sample.close();
  });
  afterEach(async () => {
    await api.unloadModel();
    assert.deepEqual(await runtimeProcesses(), [], 'no process is left');
  });

  describe('loading through the API', () => {
    it('downloads, loads and remembers; one model at a time; unloading frees it', async () => {
      const first = await api.loadModel(ggml);
      assert.equal(first.engine, 'whisper.cpp');
      assert.ok((await api.getModelPath(ggml)) !== undefined, 'it was downloaded first');
      await activeModelIs(ggml);
      const [firstProcess, ...none] = await runtimeProcesses();
      assert.deepEqual(none, []);

      const second = await api.loadModel(sherpa);
      assert.match(second.engineDescription, /^sherpa-onnx [\d.]+$/);
      await activeModelIs(sherpa);
      const after = await runtimeProcesses();
      assert.equal(after.length, 1);
      assert.notEqual(after[0], firstProcess);

      await api.unloadModel();
      assert.deepEqual(await runtimeProcesses(), []);
    });

    it('gives the engine as many threads as the setting says', async () => {
      await set('runtime.threads', 3);
      try {
        assert.equal((await api.loadModel(ggml)).threads, 3);
      } finally {
        await set('runtime.threads', undefined);
      }
      assert.notEqual((await api.loadModel(ggml)).threads, 0);
    });

    it('takes repositories that no catalog has, by the files that come', async () => {
      const one = await api.loadModel('hf:samples/whisper.cpp#ggml-fox.en.bin');
      assert.equal(one.engine, 'whisper.cpp');
      const folder = await api.loadModel('hf:samples/sherpa-onnx-sense-voice-tiny');
      assert.equal(folder.engine, 'sherpa-onnx');
      const several = await api.loadModel('hf:samples/sherpa-onnx-nemo-parakeet-tdt-tiny-en');
      assert.equal(several.engine, 'sherpa-onnx');
    });

    it('gives way to another load', async () => {
      await api.downloadModel(ggml);
      await api.downloadModel(sherpa);
      const outcome = api.loadModel(ggml).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : error),
      );
      const { modelId } = await api.loadModel(sherpa);
      assert.equal(await outcome, 'Cancelled');
      assert.equal(modelId, sherpa);
      assert.equal((await runtimeProcesses()).length, 1);
    });
  });

  describe('transcribing', () => {
    /** The text of the editor that the command opens. */
    /** A closed editor may be the active one for a moment longer, or once more. */
    const seenTranscripts = new Set<vscode.TextDocument>();

    async function transcript(format: string): Promise<{ text: string; languageId: string }> {
      const extension = vscode.extensions.getExtension('asr-tools.asr-model-manager');
      assert.ok(extension);
      const clip = vscode.Uri.joinPath(extension.extensionUri, 'media', 'clip.wav');
      await vscode.commands.executeCommand('asr.transcribeFile', clip, format);
      const document = await activeDocument(
        (each) => each?.isUntitled === true && !seenTranscripts.has(each),
      );
      assert.ok(document);
      seenTranscripts.add(document);
      const { languageId } = document;
      const text = document.getText();
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
      // The extension host is notified after the command has ended; the next transcript must not be taken for this one.
      await activeDocument((each) => each !== document);
      return { text, languageId };
    }

    /** The document of the active editor, once it is such a one. */
    async function activeDocument(
      isSuch: (document: vscode.TextDocument | undefined) => boolean,
    ): Promise<vscode.TextDocument | undefined> {
      for (;;) {
        const changed = deferred<undefined>();
        const listening = vscode.window.onDidChangeActiveTextEditor(() => {
          changed.resolve(undefined);
        });
        try {
          const document = vscode.window.activeTextEditor?.document;
          if (isSuch(document)) return document;
          await changed.promise;
        } finally {
          listening.dispose();
        }
      }
    }

    it('writes text, SRT, VTT and JSON', async () => {
      await api.loadModel(ggml);
      assert.deepEqual(await transcript('text'), {
        text: 'hello model\n',
        languageId: 'plaintext',
      });
      assert.match((await transcript('srt')).text, /^1\n00:00:00,000 --> 00:00:\d\d,\d{3}\nhello/);
      assert.match((await transcript('vtt')).text, /^WEBVTT\n\n00:00:00\.000 --> /);
      const { text, languageId } = await transcript('json');
      assert.equal(languageId, 'json');
      const parsed: unknown = JSON.parse(text);
      assert.match(JSON.stringify(parsed), /"text":"hello model"/);
    });

    it('loads the active model automatically', async () => {
      await api.loadModel(sherpa);
      await activeModelIs(sherpa);
      await api.unloadModel();
      assert.equal((await transcript('text')).text, 'hello tiny model\n');
      assert.equal((await runtimeProcesses()).length, 1);
    });
  });

  describe('a model that can’t be loaded ends in its message, with no process left', () => {
    const sentences = new Set<string>();

    async function refused(modelId: string, code: string, text: RegExp): Promise<void> {
      const error: unknown = await api.loadModel(modelId).then(
        () => assert.fail('it was expected to fail'),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Error);
      assert.equal(Reflect.get(error, 'errorCode'), code, error.message);
      assert.match(error.message, text);
      assert.ok(!sentences.has(error.message), 'the sentence was said for another case');
      sentences.add(error.message);
      assert.deepEqual(await runtimeProcesses(), []);
    }

    async function repaired(modelId: string): Promise<void> {
      const report = await api.verifyModel(modelId, { repair: true });
      assert.equal(report.repaired.length, 1);
      assert.equal((await api.loadModel(modelId)).modelId, modelId);
    }

    it('a file that was cut; repairing helps', async () => {
      await api.downloadModel(ggml);
      await truncate(await blobOf(api, ggml), 400_000);
      await refused(ggml, 'integrity', /is damaged\. Verify it to repair it/);
      await repaired(ggml);
    });

    it('bytes that changed since they were verified; repairing helps', async () => {
      await api.downloadModel(sherpa);
      await edit(await blobOf(api, sherpa, 'model.onnx'), (bytes) => {
        bytes.write('Nonsns', bytes.indexOf('Gather'));
      });
      await refused(sherpa, 'integrity', /was not verified yet\. Verify it first/);
      await repaired(sherpa);
    });

    it('bytes that changed without a trace; repairing helps', async () => {
      await api.downloadModel(sherpa);
      const blob = await blobOf(api, sherpa, 'model.onnx');
      // A time that can be set again to the nanosecond, as a failing disk would leave it.
      const time = new Date('2020-02-02T02:02:02Z');
      await utimes(blob, time, time);
      await api.verifyModel(sherpa);
      await edit(blob, (bytes) => {
        bytes.write('Nonsns', bytes.indexOf('Gather'));
      });
      await utimes(blob, time, time);
      await refused(sherpa, 'runtime', /could not use .*\. Verify the model to repair it/);
      await repaired(sherpa);
    });

    it('a missing file comes again; without its hub the sentence says why not', async () => {
      const lonely = 'sample-sense-voice';
      await api.downloadModel(lonely);
      await rm(await blobOf(api, lonely, 'model.onnx'));
      const fault = sample.hub.faults.add({ kind: 'status', status: 404 }, { path: 'model.onnx' });
      await refused(lonely, 'notFound', /does not have this file/);
      fault.release();
      assert.equal((await api.loadModel(lonely)).modelId, lonely);
    });

    it('metadata of another kind of model (the engine exits)', async () =>
      await refused('sample-nemo-wrong-metadata', 'runtime', /refuses|lacks the entry/));

    it('contents that don’t fit together (the engine aborts)', async () =>
      await refused('sample-whisper-aborts', 'runtime', /don’t fit together/));

    it('more memory than the machine has', async () =>
      await refused('sample-whisper-too-large', 'runtime', /this machine has .*smaller model/));

    it('a format for Python, before a byte is downloaded', async () => {
      sample.hub.log.clear();
      await refused('sample-faster-whisper', 'unsupported', /needs Python\. Copy its code snippet/);
      assert.deepEqual(
        sample.hub.log.filter(({ path: asked }) => asked.includes('faster-whisper')),
        [],
      );
    });

    it('an unknown model', async () => await refused('no-such-model', 'notFound', /no-such-model/));
  });
});
