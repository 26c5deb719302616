import assert from 'node:assert/strict';
import { bufferContent, type Fault } from '../../../hub';
import { FaultStage } from '../support/faultStage';
import { made, quickTuning } from '../support/transferBench';

const segment = quickTuning.segmentBytes;
const pageBytes = 106;
const kilobytes = 1000;
const size = kilobytes * 1024;
/** So that an answer which is given up early costs little: unpaced, the kernel would take all of it at once. */
const pace = { bytesPerSecondPerConnection: 8e6 };

/** A wrong answer: what two of them may cost in bytes, and what is said when they do not end. */
interface WrongAnswer {
  readonly what: string;
  readonly fault: Fault;
  /** Bytes that the server may send in one such answer before it is hung up on. */
  readonly bytes: number;
  readonly code: string;
  readonly localizedMessage: RegExp;
  /** Questions that are no failed attempts: for parts, before the whole is asked for. */
  readonly freeQuestions?: number;
}

const wrongAnswers: readonly WrongAnswer[] = [
  {
    what: 'a Content-Range of a file of another size',
    fault: { kind: 'contentRange', value: 'bytes 0-99/5000000000' },
    bytes: segment,
    code: 'integrity',
    localizedMessage: /^127\.0\.0\.1:\d+ has a different file: 5 GB instead of 1 MB\.$/,
  },
  {
    what: 'a wrong Content-Length',
    fault: { kind: 'contentLength', delta: 1000 },
    bytes: size + 5000,
    // Bytes that came in parts come once more with the whole, whose length is wrong as well.
    code: 'integrity',
    localizedMessage: /^127\.0\.0\.1:\d+ has a different file: /,
    freeQuestions: 2,
  },
  {
    what: 'a body that is announced longer than it may be',
    fault: { kind: 'overlong', bytes: 5000, framing: 'length' },
    bytes: size + 5000,
    // Bytes that came in parts come once more with the whole, whose length is wrong as well.
    code: 'integrity',
    localizedMessage: /^127\.0\.0\.1:\d+ has a different file: /,
    freeQuestions: 2,
  },
  {
    what: 'a compressed body',
    fault: { kind: 'gzip' },
    bytes: size + 1000,
    code: 'unsupported',
    localizedMessage: /^127\.0\.0\.1:\d+ sent the file compressed, which was not asked for\.$/,
  },
  {
    what: 'a sign-in page',
    fault: { kind: 'htmlPage' },
    bytes: pageBytes,
    code: 'network',
    localizedMessage:
      /^A web page came from 127\.0\.0\.1:\d+ instead of the file\..*open a browser\.$/,
  },
  {
    what: 'a 416 that tells another size',
    fault: { kind: 'status', status: 416, headers: { 'Content-Range': 'bytes */7' } },
    bytes: 10,
    code: 'integrity',
    localizedMessage: /has a different file: 7 B instead of 1 MB/,
  },
  {
    what: 'a 416 that tells no size, for every range and for the whole',
    fault: { kind: 'status', status: 416 },
    bytes: segment,
    code: 'network',
    localizedMessage: /^127\.0\.0\.1:\d+ refuses to send a part of the file\.$/,
    freeQuestions: 2,
  },
  {
    what: 'a 416 for every range and for the whole',
    fault: { kind: 'status', status: 416, headers: { 'Content-Range': `bytes */${String(size)}` } },
    // Bytes that came in parts come once more with the whole.
    bytes: segment,
    code: 'network',
    localizedMessage: /^127\.0\.0\.1:\d+ refuses to send a part of the file\.$/,
    freeQuestions: 2,
  },
];

describe('answers that are not what was asked for', () => {
  let stage: FaultStage;
  afterEach(() => stage.close());

  for (const { what, fault, bytes, code, localizedMessage, freeQuestions = 0 } of wrongAnswers) {
    it(`${what}: nothing of it is taken, and the right answer is asked for again`, async () => {
      stage = await FaultStage.start(made(kilobytes), { pace });
      const handle = stage.fault(fault, { times: 2 });
      await stage.completes({ fetched: { atMost: stage.sizeBytes + 2 * bytes + segment } });
      assert.equal(handle.hits, 2);
    });

    it(`${what}, always: ends in "${code}"`, async () => {
      stage = await FaultStage.start(made(kilobytes), { pace });
      const handle = stage.fault(fault);
      await stage.fails({
        settings: { maxRetries: 2, maxConnections: 1 },
        code,
        localizedMessage,
        fetched: { atMost: 3 * bytes },
      });
      assert.equal(handle.hits, 3 + freeQuestions);
    });
  }

  const unreadable = {
    'of another place': `bytes 7-99/${String(size)}`,
    'that ends before it begins': `bytes 9-2/${String(size)}`,
    'beyond the end of the file': `bytes 0-${String(size)}/${String(size)}`,
    'in another unit': 'items 0-9/10',
    'that is not there': '',
  };
  for (const [what, value] of Object.entries(unreadable)) {
    it(`a part with a Content-Range ${what}: the whole file is asked for without a range`, async () => {
      stage = await FaultStage.start(made(kilobytes), { pace });
      const set = { 'Content-Range': value };
      stage.fault({ kind: 'headers', set }, { matches: ({ range }) => range !== undefined });
      await stage.completes({
        settings: { maxRetries: 0 },
        fetched: { atMost: stage.sizeBytes + 4 * segment },
      });
      const whole = stage.hub.log.filter(
        ({ origin, range }) => origin === 'cdn' && range === undefined,
      );
      assert.equal(whole.length, 1, stage.hub.log.describe());
    });
  }

  it('a body that continues after its end: only the requested bytes are taken', async () => {
    stage = await FaultStage.start(made(2000));
    stage.fault({ kind: 'overlong', bytes: 5000, framing: 'chunked' });
    await stage.completes({ fetched: { atMost: 2 * stage.sizeBytes } });
  });

  it('a body that starts somewhere else: the hash finds it, and it starts over once', async () => {
    stage = await FaultStage.start(made(1000));
    stage.fault({ kind: 'shiftedBody', bytes: -500 }, { nth: 2 });
    const run = await stage.completes({ fetched: { atMost: 2 * stage.sizeBytes + 2 * segment } });
    assert.equal(run.progress.at(-1)?.startedOver?.path, 'a.bin');
  });

  it('the whole file for a range: starts over with one connection, and asks for it once', async () => {
    stage = await FaultStage.start(made(3000), { pace });
    stage.fault({ kind: 'ignoreRange' });
    await stage.completes({ fetched: { atMost: stage.sizeBytes + 4 * segment } });
    const whole = stage.hub.log.filter(
      ({ origin, range }) => origin === 'cdn' && range === undefined,
    );
    assert.equal(whole.length, 1, stage.hub.log.describe());
  });

  it('the whole file for every range: is no failed attempt, however many connections asked', async () => {
    stage = await FaultStage.start(made(3000), { pace });
    stage.fault({ kind: 'ignoreRange' });
    await stage.completes({
      settings: { maxRetries: 0 },
      fetched: { atMost: stage.sizeBytes + 4 * segment },
    });
  });

  it('a 416 with the right total for every range: nothing is taken as there, the whole is asked for and verified', async () => {
    stage = await FaultStage.start(made(3000), { pace });
    stage.fault(
      {
        kind: 'status',
        status: 416,
        headers: { 'Content-Range': `bytes */${String(stage.sizeBytes)}` },
      },
      { matches: ({ range }) => range !== undefined },
    );
    await stage.completes({
      settings: { maxRetries: 0 },
      fetched: { atMost: stage.sizeBytes + 4 * segment },
    });
    const whole = stage.hub.log.filter(
      ({ origin, range }) => origin === 'cdn' && range === undefined,
    );
    assert.equal(whole.length, 1, stage.hub.log.describe());
  });

  it('no ranges and a break: resumes as well as it allows, writing nothing twice', async () => {
    stage = await FaultStage.start(made(3000), { pace: { bytesPerSecondTotal: 2e7 } });
    stage.fault({ kind: 'ignoreRange' });
    stage.fault({ kind: 'reset', afterBytes: 2_000_000 }, { nth: 1 });
    const run = await stage.completes({ fetched: { atMost: stage.sizeBytes + 2_200_000 } });
    assert.ok(run.progress.every(({ startedOver }) => startedOver === undefined));
  });

  it('206 answers that change to 200 in the middle: the download continues', async () => {
    stage = await FaultStage.start(made(3000), { pace });
    stage.fault(
      { kind: 'ignoreRange' },
      { matches: ({ range }) => range !== undefined && !range.startsWith('bytes=0-') },
    );
    await stage.completes({ fetched: { atMost: 4 * stage.sizeBytes } });
  });

  it('an unannounced length: is read to its end', async () => {
    stage = await FaultStage.start(bufferContent('some text '.repeat(50)));
    stage.fault({ kind: 'ignoreRange' });
    stage.fault({ kind: 'chunked' });
    await stage.completes({ fetched: { atMost: 1000 } });
  });

  it('a whole file of another length: ends in "integrity"', async () => {
    stage = await FaultStage.start(made(500));
    const content = bufferContent('short');
    stage.fault({ kind: 'content', content });
    stage.fault({ kind: 'ignoreRange' });
    await stage.fails({
      settings: { maxRetries: 1, maxConnections: 1 },
      code: 'integrity',
      localizedMessage: /has a different file: 5 B instead of 512 kB/,
      fetched: { atMost: 10 },
    });
  });
});
