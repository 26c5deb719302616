import type { Clock } from '../../common/clock';
import { DisposableStore } from '../../common/disposable';
import { endOfOutput } from '../process/messages';
import type { RuntimeProcess } from './runtimeProcess';

/** The output of sherpa-onnx when its model throws; it then answers with no text (docs/model-formats.md section 5). */
const swallowed = /caught exception|return an empty result/i;

/** The failures that an engine answers with nothing instead of an error: it only writes them to its output. */
export class SwallowedFailure {
  readonly #store = new DisposableStore();
  readonly #end: Promise<void>;
  #first: string | undefined;

  /** Listens to a process from before the transcription with this id until {@link found} or {@link dispose}. */
  constructor(child: RuntimeProcess, id: number) {
    this.#end = new Promise((resolve) => {
      void child.gone.then(() => resolve());
      this.#store.add(
        child.onLine((line) => {
          if (line === endOfOutput(id)) resolve();
          else if (swallowed.test(line)) this.#first ??= line.trim();
          // The reason is on a line of its own.
          else if (this.#first?.endsWith(':') === true) this.#first += ` ${line.trim()}`;
        }),
      );
    });
  }

  /** The first failure, after all output of the transcription was read; waits `limitMs` for it at most. */
  async found(clock: Clock, limitMs: number): Promise<string | undefined> {
    const late = new Promise<void>((resolve) => {
      this.#store.add(clock.after(limitMs, resolve));
    });
    await Promise.race([this.#end, late]);
    return this.#first;
  }

  dispose(): void {
    this.#store.dispose();
  }
}
