import assert from 'node:assert/strict';
import * as vscode from 'vscode';

type MessageKind = 'information' | 'warning' | 'error';

/** A message, a list, an input or a folder dialog that the extension showed. */
export interface ShownDialog {
  readonly kind: MessageKind | 'list' | 'input' | 'open';
  /** The message; the title of the others. */
  readonly text: string;
  /** The buttons of a message, the labels of a list. */
  readonly choices: readonly string[];
  readonly modal: boolean;
  readonly detail: string;
}

interface Answer {
  readonly text: RegExp;
  readonly give: unknown;
}

type Replaced = (...args: unknown[]) => unknown;

/**
 * Stands in for the person in the extension host: every dialog of the extension is written down, and answered as a
 * test has said, else dismissed. An extension and its tests share one `vscode` object, so what is replaced here is
 * what the extension calls.
 */
export class Dialogs {
  readonly shown: ShownDialog[] = [];
  /** Every `executeCommand`, with its arguments. */
  readonly commands: unknown[][] = [];
  readonly copied: string[] = [];
  readonly opened: string[] = [];
  /** Titles of the progress that was shown. */
  readonly progress: string[] = [];
  /** Messages that have stood on the status bar, and for how many milliseconds. */
  readonly statusGone: { readonly text: string; readonly ms: number }[] = [];
  /** When the first thing to see came since it was last cleared (`performance.now()`). */
  firstSignMs: number | undefined;
  readonly #answers: Answer[] = [];
  readonly #results = new Map<string, unknown>();
  readonly #restore: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  constructor() {
    for (const kind of ['information', 'warning', 'error'] as const) {
      const name = `show${kind.charAt(0).toUpperCase()}${kind.slice(1)}Message`;
      this.#replace(
        vscode.window,
        name,
        () =>
          (text, ...rest) =>
            this.#message(kind, text, rest),
      );
    }
    this.#replace(
      vscode.window,
      'showQuickPick',
      () => (items, options) => this.#list(items, options),
    );
    this.#replace(vscode.window, 'showInputBox', () => (options) => this.#input(options));
    this.#replace(vscode.window, 'showOpenDialog', () => (options) => {
      return Promise.resolve(this.#show('open', textOf(options, 'title'), []));
    });
    this.#replace(vscode.window, 'setStatusBarMessage', (original) => (...args) => {
      const fromMs = performance.now();
      this.firstSignMs ??= fromMs;
      this.#wake();
      const shown = original(...args);
      assert.ok(shown instanceof vscode.Disposable);
      return new vscode.Disposable(() => {
        shown.dispose();
        this.statusGone.push({ text: String(args[0]), ms: performance.now() - fromMs });
        this.#wake();
      });
    });
    for (const name of ['createQuickPick', 'createWebviewPanel']) {
      this.#replace(vscode.window, name, (original) => (...args) => {
        this.firstSignMs ??= performance.now();
        this.#wake();
        return original(...args);
      });
    }
    this.#replace(vscode.commands, 'executeCommand', (original) => (...args) => {
      this.commands.push(args);
      this.#wake();
      const id = String(args[0]);
      return this.#results.has(id) ? Promise.resolve(this.#results.get(id)) : original(...args);
    });
    this.#replace(vscode.window, 'withProgress', (original) => (options, task) => {
      this.progress.push(textOf(options, 'title'));
      this.firstSignMs ??= performance.now();
      this.#wake();
      return original(options, task);
    });
    this.#replaceClipboard();
    this.#replace(vscode.env, 'openExternal', () => (uri) => {
      this.opened.push(String(uri));
      return Promise.resolve(true);
    });
  }

  /** The next dialogs whose text matches get this: a button or label, a text, or what the dialog resolves with. */
  answer(text: RegExp, give: unknown): void {
    this.#answers.push({ text, give });
  }

  /** The command is written down and not run. */
  swallow(command: string): void {
    this.resolve(command, undefined);
  }

  /** The command is not run and resolves with this. */
  resolve(command: string, result: unknown): void {
    this.#results.set(command, result);
  }

  /** The first dialog whose text matches, shown already or still to come. */
  async waitFor(text: RegExp): Promise<ShownDialog> {
    return await this.until(() => this.shown.find((dialog) => text.test(dialog.text)));
  }

  /** Waits for what becomes true with a dialog or a command. Mocha's timeout ends it. */
  async until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** The last value that a context key was given; undefined when it was never set. */
  contextKey(key: string): unknown {
    return this.commands.findLast(([id, name]) => id === 'setContext' && name === key)?.[2];
  }

  dispose(): void {
    for (const restore of this.#restore) restore();
  }

  #replace(
    owner: object,
    name: string,
    make: (original: (...args: unknown[]) => unknown) => Replaced,
  ): void {
    const original: unknown = Reflect.get(owner, name);
    assert.ok(typeof original === 'function', `${name} is not a function`);
    const replacement = make((...args) => {
      const result: unknown = Reflect.apply(original, owner, args);
      return result;
    });
    assert.ok(Reflect.set(owner, name, replacement), `${name} can't be replaced`);
    this.#restore.push(() => Reflect.set(owner, name, original));
  }

  /** The clipboard itself is frozen, so another one takes its place. */
  #replaceClipboard(): void {
    const original = Object.getOwnPropertyDescriptor(vscode.env, 'clipboard');
    assert.ok(original !== undefined, 'vscode.env has no clipboard');
    const writeText = (text: string): Promise<void> => {
      this.copied.push(text);
      return Promise.resolve();
    };
    Object.defineProperty(vscode.env, 'clipboard', { value: { writeText }, configurable: true });
    this.#restore.push(() => Object.defineProperty(vscode.env, 'clipboard', original));
  }

  #message(kind: MessageKind, text: unknown, rest: readonly unknown[]): Promise<unknown> {
    const [first] = rest;
    const options = typeof first === 'object' ? first : undefined;
    const choices = rest.filter((item): item is string => typeof item === 'string');
    const modal = Reflect.get(Object(options), 'modal') === true;
    return Promise.resolve(
      this.#show(kind, String(text), choices, modal, textOf(options, 'detail')),
    );
  }

  async #list(items: unknown, options: unknown): Promise<unknown> {
    const rows: unknown = await items;
    assert.ok(Array.isArray(rows));
    const labelled = rows.map((row: unknown) => ({
      row,
      label: typeof row === 'string' ? row : textOf(row, 'label'),
    }));
    const given = this.#show(
      'list',
      textOf(options, 'title'),
      labelled.map(({ label }) => label),
    );
    if (!(given instanceof RegExp)) return given;
    const chosen = labelled.filter(({ label }) => given.test(label)).map(({ row }) => row);
    return Reflect.get(Object(options), 'canPickMany') === true ? chosen : chosen[0];
  }

  async #input(options: unknown): Promise<unknown> {
    const given = this.#show('input', textOf(options, 'title'), []);
    const validate: unknown = Reflect.get(Object(options), 'validateInput');
    if (typeof given === 'string' && typeof validate === 'function') {
      const problem: unknown = await Reflect.apply(validate, options, [given]);
      assert.equal(problem, undefined, `the input box refuses ${given}`);
    }
    return given;
  }

  #show(
    kind: ShownDialog['kind'],
    text: string,
    choices: readonly string[],
    modal = false,
    detail = '',
  ): unknown {
    this.shown.push({ kind, text, choices, modal, detail });
    this.firstSignMs ??= performance.now();
    this.#wake();
    const place = this.#answers.findIndex((answer) => answer.text.test(text));
    if (place < 0) return undefined;
    const [answer] = this.#answers.splice(place, 1);
    return answer?.give;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

function textOf(value: unknown, key: string): string {
  const found: unknown = Reflect.get(Object(value), key);
  return typeof found === 'string' ? found : '';
}
