import { mkdir, readdir, readFile } from 'node:fs/promises';
import assert from 'node:assert/strict';
import path from 'node:path';
import { sharedStatePath } from '../../../../src/common/sharedStatePath';
import { contentBytes, generatedContent } from '../../../hub';
import type { CorePlace } from '../../models/support/testCore';
import { WindowProcess } from '../../models/support/windowProcess';
import { CliBench, type CliProcess } from './cliBench';

export const sizeBytes = 40_000_000;
const big = generatedContent({ sizeBytes, seed: 'big' });
const modelId = 'hf:org/big';
/** After so many bytes the hub crawls: no download ends before its test has acted. */
const quickBytes = 1_500_000;
/** The most bytes that a kill loses: the hub gave them to the kernel, and no journal had them yet. */
export const mostLostBytes = 4_000_000;
/** The command that the tests run. */
export const download = ['download', modelId, '--max-connections', '4', '--json'];

/** The command line and windows of the editor, in processes of their own, on the editor's cache. */
export class EditorCache {
  readonly bench: CliBench;
  readonly windows: WindowProcess[] = [];
  readonly #place: CorePlace;

  private constructor(bench: CliBench, place: CorePlace) {
    this.bench = bench;
    this.#place = place;
  }

  static async start(): Promise<EditorCache> {
    const bench = await CliBench.start({
      repos: [{ name: 'org/big', files: { 'model.bin': big } }],
      pace: { bytesPerSecondTotal: 3_000_000 },
    });
    bench.hub.pace.crawlAfter(quickBytes);
    // The default place where the command line looks for the editor.
    const editor = ['Code', 'User', 'globalStorage', 'asr-tools.asr-model-manager'];
    const storagePath = path.join(bench.home, ...settingsFolder(process.platform), ...editor);
    await mkdir(path.join(storagePath, 'hub'), { recursive: true });
    return new EditorCache(bench, { storagePath, distPath: bench.dist, hubUrl: bench.hub.url });
  }

  /** A window that downloads the model. */
  async openWindow(): Promise<WindowProcess> {
    const opened = await WindowProcess.open(this.#place, modelId);
    this.windows.push(opened);
    return opened;
  }

  /** Of file bodies. */
  get bytesSent(): number {
    return this.bench.hub.log.bytesSent(({ origin }) => origin === 'cdn');
  }

  /** Names of what is left of downloads: locks, requests, partial files. */
  async left(): Promise<string[]> {
    const names = await readdir(this.#hubRoot, { recursive: true });
    const notes = await readdir(sharedStatePath(this.#hubRoot)).catch(() => []);
    return [
      ...names.filter((name) => name.endsWith('.lock') || /partial[\\/]./.test(name)),
      ...notes.filter((name) => name.endsWith('.request') || name.endsWith('.tmp')),
    ];
  }

  /** The command has ended well, and the model is where it says. */
  async assertWhole(finished: CliProcess): Promise<void> {
    const { exitCode, objects, stderr } = await finished.ended();
    assert.equal(exitCode, 0, stderr);
    const file = String(objects.at(-1)?.['path']);
    assert.ok(file.startsWith(this.#hubRoot), file);
    assert.deepEqual(await readFile(file), contentBytes(big));
  }

  async close(): Promise<void> {
    await Promise.all(this.windows.map((one) => one.kill()));
    await this.bench.close();
  }

  get #hubRoot(): string {
    return path.join(this.#place.storagePath, 'hub');
  }
}

/** Where programs keep their settings, below a person's home. */
function settingsFolder(platform: NodeJS.Platform): readonly string[] {
  if (platform === 'win32') return ['AppData', 'Roaming'];
  return platform === 'darwin' ? ['Library', 'Application Support'] : ['.config'];
}
