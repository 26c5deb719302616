import { panelHtml, type PanelHtmlOptions } from './panelHtml';
import { type Localiser, panelStrings } from './panelStrings';

/**
 * The page's whole HTML in the person's language. Only an open panel needs it and all its sentences, so that it lies in
 * a bundle of its own, which is loaded with the first panel.
 */
export function panelDocument(options: Omit<PanelHtmlOptions, 'strings'>, l10n: Localiser): string {
  return panelHtml({ ...options, strings: panelStrings(l10n) });
}
