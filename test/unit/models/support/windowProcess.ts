import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Emitter } from '../../../../src/common/event';
import { isObject, parseJson } from '../../../../src/common/json';
import { bundled } from '../../download/support/workerBundle';
import type { CorePlace } from './testCore';

/** The fields of a record that a test looks at. */
export interface SeenRecord {
  readonly status: string;
  readonly downloadedBytes: number;
  readonly isForeign: boolean;
}

/** A window in a process of its own, which downloads one model. */
export class WindowProcess {
  readonly records: SeenRecord[] = [];
  readonly #advance = new Emitter<SeenRecord>();
  readonly #exited: Promise<unknown>;

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#exited = once(child, 'exit');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const record = parseJson(line);
      if (!isObject(record)) return;
      const seen = {
        status: String(record['status']),
        downloadedBytes: Number(record['downloadedBytes']),
        isForeign: record['inOtherWindow'] === true,
      };
      this.records.push(seen);
      this.#advance.fire(seen);
    });
  }

  static async open(place: CorePlace, modelId: string): Promise<WindowProcess> {
    const program = await bundled('test/unit/models/support/windowProgram.ts');
    const child = spawn(process.execPath, [program, JSON.stringify(place), modelId], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return new WindowProcess(child);
  }

  /** The first record that matches, of those that came and those that come; rejects when the window ends first. */
  waitFor(matches: (record: SeenRecord) => boolean): Promise<SeenRecord> {
    const there = this.records.find(matches);
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve, reject) => {
      const subscription = this.#advance.event((record) => {
        if (!matches(record)) return;
        subscription.dispose();
        resolve(record);
      });
      void this.#exited.then(() =>
        reject(
          new Error(`The window ended. Its last record: ${JSON.stringify(this.records.at(-1))}`),
        ),
      );
    });
  }

  /** Ends it as a crash does; settles when it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#exited;
  }

  /** Ends it as a window that is closed; settles when it is gone. */
  async close(): Promise<void> {
    this.child.stdin.write('close\n');
    await this.#exited;
  }
}
