/** A VS Code that `npm start` opened. */
export interface OpenedEditor {
  /** Where a person finds it. */
  readonly where: string;
  /** Resolves when it ended by itself, as when the person closed it. */
  readonly closed: Promise<unknown>;
  stop(): Promise<void>;
}
