import path from 'node:path';
import { isObject, parseJson } from '../../src/common/json';
import { winePath, type WindowsNode } from './windowsNode';

/** The result of one file of tests. */
export interface FileResult {
  readonly file: string;
  readonly passed: number;
  /** Tests that say themselves that they are not for this system. */
  readonly skipped: number;
  /** Tests that failed because of what the probe found wine to lack, by that. */
  readonly lacking: readonly string[];
  /** The titles of the tests that failed, each with the first line of why. */
  readonly failed: readonly string[];
}

/** The settings of the tests. */
export interface TestsGiven {
  /** The findings of the probe, by which tests know that they can't be run. */
  readonly lacks: readonly string[];
  /** The folder of the unpacked VSIX; empty: none. */
  readonly unpacked: string;
  /** The folder of their temporary files. */
  readonly temporary: string;
  /** Where esbuild is asked for a bundle. */
  readonly buildUrl: string;
  /** Only tests with these words in their titles; empty: all. */
  readonly grep: string;
}

/** Only a hang takes as long: the file is ended then, and has failed. */
const limitMs = 6 * 60_000;
/** A test that waits for what never comes leaves time for those after it. */
const testLimitMs = 2 * 60_000;
const mocha = path.join('node_modules', 'mocha', 'bin', 'mocha.js');
const reporter = path.join('scripts', 'wine', 'lineReporter.cjs');
const setup = path.join('scripts', 'wine', 'setup.cjs');

/** Runs one bundled file of tests. */
export async function runTestFile(
  node: WindowsNode,
  file: string,
  bundle: string,
  { lacks, unpacked, temporary, buildUrl, grep }: TestsGiven,
): Promise<FileResult> {
  const { exitCode, tookTooLong, output } = await node.run(
    [
      winePath(mocha),
      '--no-config',
      '--exit',
      ...['--timeout', String(testLimitMs)],
      ...(grep === '' ? [] : ['--fgrep', grep]),
      ...['--require', winePath(setup)],
      ...['--reporter', winePath(reporter)],
      winePath(bundle),
    ],
    {
      limitMs,
      env: {
        ASR_TEST_LACKS: lacks.join(','),
        ASR_TEST_PACKAGE: unpacked === '' ? '' : winePath(unpacked),
        ASR_TEST_BUILD: buildUrl,
        ASR_TEST_TEMP: winePath(temporary),
        HF_HOME: winePath('out/wine/hf'),
      },
    },
  );
  return resultOf(file, output, exitCode === 0, tookTooLong);
}

/** Reads the reporter's lines. */
function resultOf(
  file: string,
  output: string,
  endedWell: boolean,
  tookTooLong: boolean,
): FileResult {
  let [passed, skipped] = [0, 0];
  let running = '';
  const failed: string[] = [];
  const lacking: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    const event = line.startsWith('{"') ? parseJson(line) : undefined;
    if (!isObject(event)) continue;
    if (typeof event['begins'] === 'string') running = event['begins'];
    if (typeof event['test'] !== 'string') continue;
    running = '';
    if (event['state'] === 'passed') passed += 1;
    else if (event['state'] === 'pending') skipped += 1;
    else if (event['state'] === 'lacking') lacking.push(String(event['why']));
    else failed.push(`${event['test']}: ${String(event['why'])}`);
  }
  const isWhole = output.includes('ENDED') && (endedWell || failed.length + lacking.length > 0);
  if (tookTooLong) {
    const at = running === '' ? '' : `, in “${running}”`;
    failed.push(`did not end within ${String(limitMs / 60_000)} minutes${at}`);
  } else if (!isWhole) failed.push(`did not come to its end: ${output.slice(-1500)}`);
  return { file, passed, skipped, lacking, failed };
}
