import assert from 'node:assert/strict';
import { type ComponentChild, type ContainerNode, options, render } from 'preact';

/** As much of a document as Preact needs to draw: what tests look at is text, attributes and listeners. */
export class TinyNode {
  parentNode: TinyNode | null = null;
  childNodes: TinyNode[] = [];
  readonly nodeType: number;
  readonly ownerSVGElement = undefined;
  data = '';

  constructor(nodeType: number) {
    this.nodeType = nodeType;
  }

  get firstChild(): TinyNode | null {
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): TinyNode | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  get textContent(): string {
    return this.nodeType === 3 ? this.data : this.childNodes.map((n) => n.textContent).join('');
  }

  insertBefore(child: TinyNode, next: TinyNode | null): TinyNode {
    child.remove();
    const at = next === null ? -1 : this.childNodes.indexOf(next);
    this.childNodes.splice(at < 0 ? this.childNodes.length : at, 0, child);
    child.parentNode = this;
    return child;
  }

  appendChild(child: TinyNode): TinyNode {
    return this.insertBefore(child, null);
  }

  removeChild(child: TinyNode): TinyNode {
    child.remove();
    return child;
  }

  remove(): void {
    const siblings = this.parentNode?.childNodes;
    siblings?.splice(siblings.indexOf(this), 1);
    this.parentNode = null;
  }

  contains(other: TinyNode): boolean {
    return other === this || this.childNodes.some((child) => child.contains(other));
  }
}

export class TinyElement extends TinyNode {
  readonly attributes = new Map<string, string>();
  readonly style: Record<string, string> = {};
  readonly onclick = null;
  readonly #listeners = new Map<string, (event: object) => void>();
  open = false;

  constructor(readonly localName: string) {
    super(1);
  }

  setAttribute(name: string, value: unknown): void {
    this.attributes.set(name, String(value));
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  addEventListener(type: string, listener: (event: object) => void): void {
    this.#listeners.set(type, listener);
  }

  removeEventListener(type: string): void {
    this.#listeners.delete(type);
  }

  querySelector(): null {
    return null;
  }

  showModal(): void {
    this.open = true;
  }

  close(): void {
    this.open = false;
  }

  /** Does what a click does; nothing when it is disabled. */
  click(): void {
    if (this.attributes.has('disabled')) return;
    const event = { type: 'click', stopPropagation: () => undefined };
    this.#listeners.get('click')?.call(this, event);
  }

  /** This element and all below it, in document order. */
  all(): TinyElement[] {
    return [
      this,
      ...this.childNodes.flatMap((child) => (child instanceof TinyElement ? child.all() : [])),
    ];
  }

  /** The buttons (native or the toolkit's) by their text. */
  button(text: string): TinyElement | undefined {
    return this.buttons().find((element) => element.textContent === text);
  }

  buttons(): TinyElement[] {
    return this.all().filter(({ localName }) => /^(vscode-)?button$/.test(localName));
  }

  byClass(name: string): TinyElement | undefined {
    return this.all().find((each) => each.attributes.get('class')?.split(' ').includes(name));
  }

  byTag(tag: string): TinyElement | undefined {
    return this.all().find(({ localName }) => localName === tag);
  }
}

const drawn = new Set<TinyElement & ContainerNode>();

/** Puts the tiny document where Preact looks for one, for the tests of one suite. */
export function useTinyDom(): void {
  const replaced = new Map<string, PropertyDescriptor | undefined>();
  const values = {
    document: {
      createElement: (name: string) => new TinyElement(name),
      createElementNS: (_space: string, name: string) => new TinyElement(name),
      createTextNode: (data: string) => Object.assign(new TinyNode(3), { data }),
      activeElement: null,
      hasFocus: () => true,
    },
    HTMLElement: TinyElement,
  };
  before(() => {
    options.requestAnimationFrame = queueMicrotask;
    for (const [name, value] of Object.entries(values)) {
      replaced.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  });
  afterEach(async () => {
    // Effects run with the next turn here, so that none is left when the document goes away.
    await new Promise((resolve) => setImmediate(resolve));
    for (const root of drawn) render(null, root);
    drawn.clear();
  });
  after(() => {
    delete options.requestAnimationFrame;
    for (const [name, descriptor] of replaced) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  });
}

/** Draws into a new root, or again into the one given. */
export function draw(what: ComponentChild, root = new TinyElement('root')): TinyElement {
  assert.ok(isContainer(root));
  render(what, root);
  drawn.add(root);
  return root;
}

/** Preact is typed for real documents only; the tiny one has what it calls. */
function isContainer(root: TinyElement): root is TinyElement & ContainerNode {
  return root.nodeType === 1;
}
