import { Emitter } from '../common/event';
import type { ModelDownloadProgress } from '../protocol/downloadProgress';
import type { ErrorCode } from '../protocol/errorCode';

const connectionCodes: readonly ErrorCode[] = ['network', 'proxy', 'tls', 'stalled'];

/** Knows from the records of downloads whether the network could be reached the last time. Sends no request. */
export class ConnectionWatch {
  readonly #onDidChange = new Emitter<boolean>();
  #isDown = false;

  /** {@link isDown} has changed; its new value. */
  readonly onDidChange = this.#onDidChange.event;

  /** The last download that got an answer or failed to get one failed because of the network. */
  get isDown(): boolean {
    return this.#isDown;
  }

  observe({ status, errorCode, bytesPerSecond }: ModelDownloadProgress): void {
    if (status === 'error') {
      this.#set(errorCode !== undefined && connectionCodes.includes(errorCode));
    } else if (status === 'completed' || bytesPerSecond !== undefined) this.#set(false);
  }

  dispose(): void {
    this.#onDidChange.dispose();
  }

  #set(isDown: boolean): void {
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    this.#onDidChange.fire(isDown);
  }
}
