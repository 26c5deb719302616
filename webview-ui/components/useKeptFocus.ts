import { useEffect } from 'preact/hooks';

const focusable =
  'button:not(:disabled), vscode-button:not([disabled]), vscode-dropdown, vscode-text-field, summary, [tabindex="0"]';

/**
 * Keeps the focus nearby when the focused element is removed: a deleted model's row, a cancelled download's line, a
 * button that turned into another. The focus goes to what replaced it, else to the nearest that is left; without
 * that it would fall back to the top of the page. While the user types elsewhere in the editor,
 * the focus stays there and is moved when it comes back to the page.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let path: readonly Position[] = [];
    const onFocusIn = ({ target }: FocusEvent): void => {
      path = target instanceof HTMLElement ? ancestorsOf(target) : [];
    };
    const keep = (options?: FocusOptions): void => {
      const [lost] = path;
      const { activeElement } = document;
      if (lost === undefined || lost.element.isConnected || !document.hasFocus()) return;
      if (activeElement !== null && activeElement !== document.body) return;
      heirOf(path)?.focus(options);
    };
    // A click that brings the focus back must hit what is visible: nothing may scroll between its press and its release.
    const comeBack = (): void => keep({ preventScroll: true });
    const observer = new MutationObserver(() => keep());
    document.addEventListener('focusin', onFocusIn);
    window.addEventListener('focus', comeBack);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', onFocusIn);
      window.removeEventListener('focus', comeBack);
      observer.disconnect();
    };
  }, []);
}

/** An element, and which of its parent's children it was. */
interface Position {
  readonly element: Element;
  readonly at: number;
}

function ancestorsOf(element: Element): readonly Position[] {
  const positions: Position[] = [];
  for (let each: Element | null = element; each !== null; each = each.parentElement) {
    const siblings = each.parentElement?.children;
    positions.push({ element: each, at: siblings === undefined ? 0 : [...siblings].indexOf(each) });
  }
  return positions;
}

/** The first focusable element, from the lost one outwards. */
function heirOf(path: readonly Position[]): HTMLElement | undefined {
  for (const [depth, { element }] of path.entries()) {
    const lost = path[depth - 1];
    if (!element.isConnected || lost === undefined) continue;
    const nearest = [element.children[lost.at], element.children[lost.at - 1], element];
    for (const near of nearest) {
      const heir = near === undefined ? undefined : firstFocusable(near);
      if (heir !== undefined) return heir;
    }
  }
  return undefined;
}

function firstFocusable(element: Element): HTMLElement | undefined {
  const found = [element, ...element.querySelectorAll(focusable)].find(
    (each) =>
      each.matches(focusable) &&
      each.checkVisibility() &&
      // The toolkit says in an attribute only a frame later that one of its buttons is disabled.
      !('disabled' in each && each.disabled === true),
  );
  return found instanceof HTMLElement ? found : undefined;
}
