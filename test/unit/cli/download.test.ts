import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { contentBytes, generatedContent } from '../../hub';
import { CliBench } from './support/cliBench';

const content = generatedContent({ sizeBytes: 20_000_000, seed: 'whole' });

describe('the command line in a process of its own', function () {
  this.timeout(480_000);
  let bench: CliBench;
  before(async () => {
    bench = await CliBench.start({
      repos: [{ name: 'org/whole', files: { 'model.bin': content } }],
    });
  });
  after(() => bench.close());

  it('brings a whole model, and finds it whole', async () => {
    const downloaded = await bench.spawn(['download', 'hf:org/whole']).ended();
    assert.equal(downloaded.exitCode, 0, downloaded.stderr);
    const file = downloaded.stdout.trimEnd().split(/\r?\n/).at(-1) ?? '';
    assert.ok(file.startsWith(bench.hubRoot), file);
    assert.deepEqual(await readFile(file), contentBytes(content));
    const verified = await bench.spawn(['verify', 'hf:org/whole']).ended();
    assert.equal(verified.exitCode, 0, verified.stderr);
  });
});
