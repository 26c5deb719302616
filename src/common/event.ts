import { type Disposable, toDisposable } from './disposable';

/** A subscription point. Structurally assignable to `vscode.Event<T>` for the one-argument form. */
export type Event<T> = (listener: (value: T) => unknown) => Disposable;

/** The owner's side of an {@link Event}. A listener that throws does not keep the others from being called. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<{ call: (value: T) => unknown }>();
  readonly #onListenerError: ((error: unknown) => void) | undefined;

  constructor(onListenerError?: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  readonly event: Event<T> = (listener) => {
    const entry = { call: listener };
    this.#listeners.add(entry);
    return toDisposable(() => this.#listeners.delete(entry));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener.call(value);
      } catch (error) {
        this.#onListenerError?.(error);
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
