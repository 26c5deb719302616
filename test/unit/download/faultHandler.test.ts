import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { AsrError } from '../../../src/common/asrError';
import { systemClock } from '../../../src/common/clock';
import { silentLogger } from '../../../src/common/logger';
import { localized } from '../../../src/common/localizedMessage';
import { Connection } from '../../../src/download/schedule/connection';
import { ConnectionGovernor } from '../../../src/download/schedule/connectionGovernor';
import { realPartialFiles } from '../../../src/download/files/partialFiles';
import { FaultHandler } from '../../../src/download/schedule/faultHandler';
import { FileJob } from '../../../src/download/schedule/fileJob';
import { HashQueue } from '../../../src/download/files/hashQueue';
import { journalText } from '../../../src/common/journal';
import { judgeAnswer } from '../../../src/download/sources/answer';
import { SourceError } from '../../../src/download/sources/errors';
import { made, quickTuning, TransferBench } from './support/transferBench';

function faultOf(contentRange: string | undefined): SourceError {
  const headers = contentRange === undefined ? {} : { 'content-range': contentRange };
  try {
    judgeAnswer({ status: 416, headers }, { start: 0, end: 500 }, 512_000, 'hub.example');
  } catch (error) {
    assert.ok(error instanceof SourceError);
    return error;
  }
  return assert.fail('a 416 is no answer to take bytes from');
}

describe('a 416', () => {
  let bench: TransferBench;
  beforeEach(async () => {
    bench = await TransferBench.start({ 'a.bin': made(500) });
  });
  afterEach(() => bench.close());

  it('with the right total, or without one, says that a part is refused; with another, that the file is another', () => {
    assert.equal(faultOf('bytes */512000').action, 'noRanges');
    assert.equal(faultOf(undefined).action, 'noRanges');
    assert.equal(faultOf('bytes */*').action, 'noRanges');
    assert.equal(faultOf('bytes */7').action, 'retry');
    assert.equal(faultOf('bytes */7').error.code, 'integrity');
  });

  for (const isComplete of [true, false]) {
    const name = isComplete
      ? 'where nothing is missing, leaves the file to be verified, and is no failure of the source'
      : 'where bytes are missing, makes none of them count as there';
    it(`with the right total, ${name}`, async () => {
      const file = await bench.file('a.bin');
      const end = isComplete ? file.sizeBytes : 500;
      await fs.mkdir(path.dirname(file.partialPath), { recursive: true });
      await fs.writeFile(file.partialPath, Buffer.alloc(file.sizeBytes));
      const pieces = [{ start: 0, end, sum: undefined }];
      await fs.writeFile(
        file.journalPath,
        journalText({ sizeBytes: file.sizeBytes, digest: file.digest, pieces }),
      );
      const ports = {
        disk: realPartialFiles,
        hasher: new HashQueue(),
        clock: systemClock,
        tuning: quickTuning,
        maxConnections: 4,
        onDiskError: () => assert.fail(),
      };
      const job = await FileJob.load([file], ports, new Set());
      const failed: AsrError[] = [];
      const faults = new FaultHandler({
        clock: systemClock,
        logger: silentLogger,
        tuning: quickTuning,
        random: () => 0.5,
        maxRetries: 0,
        governor: new ConnectionGovernor(4, 4),
        active: new Set(),
        jobs: [job],
        fail: (error) => failed.push(error),
        spaceProblem: () => Promise.resolve(undefined),
        changed: () => undefined,
      });
      const text = localized('{0} refuses to send a part of the file.', 'hub.example');
      const fault = new SourceError('noRanges', new AsrError('network', text));
      for (let asked = 0; asked < 3; asked++) {
        const segment = { start: 600, position: 600, arriving: 0, end: 700 };
        faults.handle(new Connection(job, segment, systemClock), fault, true);
      }
      assert.deepEqual(failed, []);
      assert.equal(job.failures, 0);
      assert.equal(job.plan.writtenBytes, end);
      assert.equal(job.plan.isComplete, isComplete);
      assert.equal(job.address?.whole, !isComplete);
      faults.dispose();
    });
  }
});
