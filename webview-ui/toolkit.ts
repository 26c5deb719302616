/**
 * The only file that imports `@vscode/webview-ui-toolkit`: it registers the components that the page uses. Its badge
 * and tag are not among them because they write inline styles, which the page's content security policy forbids.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

/** Defines the custom elements; once per page. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeTextField(),
  );
  // The toolkit takes the theme's colours on when the window has loaded. Our script comes after that (panelDocument.ts).
  if (document.readyState === 'complete') window.dispatchEvent(new Event('load'));
}
