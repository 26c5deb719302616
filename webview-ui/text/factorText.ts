import type { PanelMeasured } from '../../src/protocol/panelSnapshot';
import type { Figures } from '../../src/protocol/format';

/** How many times faster than the audio it was: "6.2", and "34" where a digit more says nothing. */
export function factorText({ realTimeFactor }: PanelMeasured, figures: Figures): string {
  return figures.number(realTimeFactor, realTimeFactor < 10 ? 1 : 0);
}
