import type { HTMLAttributes as ElementAttributes } from 'preact';

/** The part of the toolkit's elements that the page uses, for the JSX checker. */
declare module 'preact' {
  namespace JSX {
    interface ToolkitElement extends ElementAttributes {
      appearance?: 'primary' | 'secondary' | 'icon';
      disabled?: boolean;
      placeholder?: string;
      selected?: boolean;
      value?: string;
    }

    interface IntrinsicElements {
      'vscode-button': ToolkitElement;
      'vscode-dropdown': ToolkitElement;
      'vscode-option': ToolkitElement;
      'vscode-text-field': ToolkitElement;
    }
  }
}
