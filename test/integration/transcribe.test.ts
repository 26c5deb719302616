import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AsrModelApi } from '../../src/vscode/api';
import { startSampleHub, type SampleHub } from '../hub/sample';
import { Dialogs } from './dialogs';
import { activateApi, setEndpoint } from './hubFixture';
import { runtimeProcesses } from './runtimeProcesses';

const ggml = 'sample-whisper-hello';

async function set(key: string, value: unknown): Promise<void> {
  await vscode.workspace
    .getConfiguration('asr')
    .update(key, value, vscode.ConfigurationTarget.Global);
}

describe('transcribing in a real extension host', function () {
  this.timeout(240_000);
  let api: AsrModelApi;
  let sample: SampleHub;
  let folder: string;
  let clip: string;
  let dialogs: Dialogs;

  before(async () => {
    api = await activateApi();
    sample = await startSampleHub({ bytesPerSecond: 0, largeBytes: 1_000_000, failing: true });
    await setEndpoint(sample.url);
    await set('catalog.additional', [sample.catalogUrl]);
    const extension = vscode.extensions.getExtension('asr-tools.asr-model-manager');
    assert.ok(extension);
    clip = vscode.Uri.joinPath(extension.extensionUri, 'media', 'clip.wav').fsPath;
    await api.loadModel(ggml);
  });
  after(async () => {
    await api.unloadModel();
    assert.deepEqual(await runtimeProcesses(), [], 'no process is left');
    await api.clearCache();
    for (const key of ['catalog.additional', 'model', 'transcribe.language']) {
      await set(key, undefined);
    }
    await setEndpoint(undefined);
    await sample.close();
  });
  beforeEach(async () => {
    dialogs = new Dialogs();
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-transcribe-'));
    await mkdir(path.join(folder, 'more'));
    for (const name of ['one.wav', 'more/two.wav']) {
      await copyFile(clip, path.join(folder, name));
    }
    await writeFile(path.join(folder, 'broken.wav'), 'not a recording');
  });
  afterEach(async () => {
    dialogs.dispose();
    await set('transcribe.language', undefined);
    await rm(folder, { recursive: true, force: true });
  });

  it('gives another extension text, subtitles, language and progress', async () => {
    let reached = 0;
    const { text, language, segments, warnings } = await api.transcribe(clip, {
      model: ggml,
      onProgress: ({ transcribedMs }) => (reached = transcribedMs),
    });
    assert.equal(text, 'hello model');
    assert.equal(language, 'en');
    assert.deepEqual([segments.length, segments[0]?.text], [1, 'hello model']);
    assert.deepEqual(warnings, []);
    assert.equal(reached, 10_000);
  });

  it('reports refusals to it, and stops when it is cancelled', async () => {
    const refused = (reason: unknown): string =>
      reason instanceof Error
        ? `${String(Reflect.get(reason, 'errorCode'))} ${reason.message}`
        : '';
    const language = await api.transcribe(clip, { language: 'de' }).then(() => '', refused);
    assert.match(language, /^unsupported .*does not speak the language “de”/);
    const task = await api.transcribe(clip, { task: 'translate' }).then(() => '', refused);
    assert.match(task, /^unsupported .*does not translate/);
    const signal = AbortSignal.abort();
    const stopped = await api.transcribe(clip, { signal }).then(() => '', refused);
    assert.equal(stopped, 'undefined Cancelled');
  });

  it('transcribes files and folders for it, and names what failed', async () => {
    const seen: string[] = [];
    const results = await api.transcribeFiles([folder], {
      onTranscript: (file, { text }) => void seen.push(`${path.basename(file)}: ${text}`),
    });
    assert.deepEqual(seen, ['two.wav: hello model', 'one.wav: hello model']);
    const broken = results.find(({ path: file }) => file.endsWith('broken.wav'));
    assert.ok(broken?.message !== undefined && broken.errorCode !== undefined);
    assert.equal(results.length, 3);
  });

  it('writes a transcript beside each recording that is selected, and says at the end what failed', async () => {
    dialogs.answer(/^Where to write the 3 transcripts/, /Beside each/);
    dialogs.answer(/^Write the transcript as/, /SRT/);
    await vscode.commands.executeCommand('asr.transcribeFile', vscode.Uri.file(folder), [
      vscode.Uri.file(path.join(folder, 'broken.wav')),
      vscode.Uri.file(folder),
    ]);
    const { kind, text } = await dialogs.waitFor(/recordings are transcribed/);
    assert.equal(kind, 'warning');
    assert.match(text, /^2 of 3 recordings are transcribed\. Failed: broken\.wav: /);
    const srt = await readFile(path.join(folder, 'more', 'two.srt'), 'utf8');
    assert.match(srt, /^1\n00:00:00,000 --> 00:00:01,000\nhello model\n$/);
  });

  it('asks before it replaces transcripts, and can keep both', async () => {
    await rm(path.join(folder, 'broken.wav'));
    await writeFile(path.join(folder, 'one.txt'), 'mine');
    const run = async (answer: string | undefined): Promise<void> => {
      dialogs.answer(/^Write the transcript as/, /^Text$/);
      dialogs.answer(/^Where to write the 2 transcripts/, /Beside each/);
      dialogs.answer(/^1 transcripts exist already/, answer);
      await vscode.commands.executeCommand('asr.transcribeFile', vscode.Uri.file(folder));
    };
    await run(undefined);
    assert.deepEqual((await readdir(folder)).sort(), ['more', 'one.txt', 'one.wav']);
    await run('Keep Both');
    assert.equal(await readFile(path.join(folder, 'one.txt'), 'utf8'), 'mine');
    assert.equal(await readFile(path.join(folder, 'one 2.txt'), 'utf8'), 'hello model\n');
  });

  it('warns when the language that is set is not the model’s', async () => {
    await set('transcribe.language', 'de');
    dialogs.answer(/^Write the transcript as/, /^Text$/);
    await vscode.commands.executeCommand('asr.transcribeFile', vscode.Uri.file(clip));
    const { modal, text, choices } = await dialogs.waitFor(/does not speak German/);
    assert.ok(modal);
    assert.match(text, /asr\.transcribe\.language\). It would invent a text/);
    assert.deepEqual(choices, ['Choose Another Model', 'Transcribe Anyway']);
  });

  it('keeps names and words to expect for the workspace', async () => {
    dialogs.answer(/^Write the transcript as/, /Names and words/);
    dialogs.answer(/^Names and words to expect/, ' Grafana, Dr. Nguyen ');
    await vscode.commands.executeCommand('asr.transcribeFile', vscode.Uri.file(clip));
    const lists = dialogs.shown.filter(({ text }) => text === 'Write the transcript as');
    assert.equal(lists.length, 2, 'the list comes back after the words');
  });
});
