import type { MeasuredSpeed } from '../../src/protocol/measurement';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { type Figures, fill } from '../../src/protocol/format';

/** How fast a model was on this machine, and how long its load took. */
export function measuredText(
  { realTimeFactor, loadMs }: MeasuredSpeed,
  strings: PanelStrings,
  figures: Figures,
): string {
  const seconds = figures.number(loadMs / 1000, 1);
  return fill(strings.measuredHere, figures.factor(realTimeFactor), seconds);
}
