import assert from 'node:assert/strict';
import { Output } from '../../../src/cli/output';
import { isObject, parseJson } from '../../../src/common/json';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import { TextStream } from './support/cliBench';

class Terminal extends TextStream {
  readonly isTTY = true;
  columns = 120;

  /** The text of the last line: all that came after the last return, but for the erasing. */
  get shown(): string {
    return (this.text.split('\r').at(-1) ?? '').replaceAll('\u001b[K', '');
  }
}

const record: ModelDownloadProgress = {
  downloadId: '1',
  modelId: 'tiny',
  modelName: 'Tiny',
  status: 'downloading',
  downloadedBytes: 412e6,
  totalBytes: 1.6e9,
  bytesPerSecond: 23e6,
  secondsRemaining: 52,
  filesDone: 0,
  stalled: false,
};
const usual = { json: false, quiet: false, isPlain: false };

describe('the output of a command', () => {
  it('is a bar with the figures of the editor’s notification, written over on a terminal', async () => {
    const [stdout, stderr] = [new TextStream(), new Terminal()];
    const output = new Output(stdout, stderr, usual);
    output.download(record);
    assert.equal(
      stderr.shown,
      `[${'█'.repeat(5)}${'░'.repeat(15)}] Tiny  25 % · 412 MB of 1.6 GB · 23.0 MB/s · 52 s left`,
    );
    output.result('/models/tiny.bin');
    assert.equal(stdout.text, '/models/tiny.bin\n');
    assert.match(stderr.shown, /52 s left$/, 'the bar stands below the result');
    stderr.columns = 30;
    output.download({ ...record, downloadedBytes: 800e6 });
    assert.equal(stderr.shown.length, 29);
    await output.flush();
    assert.equal(stderr.shown, '', 'nothing of the bar is left');
    assert.ok(!stderr.text.includes('\n'));
  });

  it('is a line for each step where nothing is written over', async () => {
    const [stdout, stderr] = [new TextStream(), new TextStream()];
    const output = new Output(stdout, stderr, usual);
    for (const part of [0.1, 0.2, 0.3, 0.31]) {
      output.download({ ...record, downloadedBytes: part * 1.6e9 });
    }
    await output.flush();
    assert.deepEqual(stderr.text.match(/\d+ %/g), ['10 %', '30 %'], 'each quarter once');
  });

  it('is a line for each step on a terminal that can’t be written over', () => {
    const stderr = new Terminal();
    const output = new Output(new TextStream(), stderr, { ...usual, isPlain: true });
    output.download(record);
    assert.match(stderr.text, /52 s left\n$/);
  });

  it('is an object a line for programs, and nothing else on the standard output', () => {
    const [stdout, stderr] = [new TextStream(), new Terminal()];
    const output = new Output(stdout, stderr, { ...usual, json: true });
    output.download(record);
    output.result('a sentence');
    output.table([['a', 'b']]);
    const lines = stdout.text.trimEnd().split('\n').map(parseJson);
    assert.equal(lines.length, 1);
    const [push] = lines;
    assert.ok(isObject(push));
    assert.deepEqual(
      [push['type'], push['downloaded'], push['total'], push['percent']],
      ['download_progress', 412e6, 1.6e9, 25.75],
    );
    assert.deepEqual(push['record'], record);
    assert.equal(stderr.text, '');
  });

  it('is no progress when the person wants none, but errors', () => {
    const stderr = new Terminal();
    const output = new Output(new TextStream(), stderr, { ...usual, quiet: true });
    output.download(record);
    output.note('a remark');
    assert.equal(stderr.text, '');
    output.error('a failure');
    assert.equal(stderr.text, 'a failure\n');
  });

  it('continues when its reader is gone', async () => {
    const stdout = new TextStream();
    const output = new Output(stdout, new TextStream(), usual);
    stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    output.result('nobody reads this');
    await output.flush();
  });
});
