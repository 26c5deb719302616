import { fill, fillCount, type Figures } from '../../src/protocol/format';
import type { MeasuredSpeed } from '../../src/protocol/measurement';
import type { PanelVariant } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';
import { formatName } from '../../src/protocol/programs';

/** Where a variant runs that does not run here. */
export function placeText(program: string, strings: PanelStrings): string {
  return program === '' ? strings.doesNotTranscribe : fill(strings.onlyIn, program);
}

function languagesText(
  languages: readonly string[],
  strings: PanelStrings,
  languageName: (code: string) => string,
): readonly string[] {
  const [only] = languages;
  if (only === undefined) return [];
  return [
    languages.length === 1 ? languageName(only) : fill(strings.languagesCount, languages.length),
  ];
}

/** A model in a line: its languages, how many variants it has, and the size of the best one for this machine. */
export function modelSummary(
  variants: readonly PanelVariant[],
  strings: PanelStrings,
  figures: Figures,
  languageName: (code: string) => string,
): readonly string[] {
  const [first] = variants;
  if (first === undefined) return [];
  const best = variants.find(({ best }) => best === true) ?? first;
  const place =
    best.elsewhere === undefined
      ? best.sizeBytes === undefined
        ? []
        : [fill(strings.bestHereSize, figures.bytes(best.sizeBytes))]
      : [placeText(best.elsewhere, strings)];
  return [
    ...languagesText(best.languages, strings, languageName),
    fillCount(strings.familyCountOne, strings.familyCount, variants.length),
    ...place,
  ];
}

/** A variant's facts in a line: what tells it from the others, the most important first. */
export function variantFacts(
  variant: PanelVariant,
  measured: MeasuredSpeed | undefined,
  strings: PanelStrings,
  figures: Figures,
  languageName: (code: string) => string,
): readonly string[] {
  const { sizeBytes, memoryBytes, languages, quantization, accuracy } = variant;
  return [
    sizeBytes === undefined ? strings.unknownSize : figures.bytes(sizeBytes),
    ...(memoryBytes === undefined ? [] : [fill(strings.needsMemory, figures.bytes(memoryBytes))]),
    ...languagesText(languages, strings, languageName),
    formatName(variant.format),
    ...(quantization === undefined ? [] : [quantization]),
    ...(accuracy?.werPercent === undefined
      ? []
      : [`WER ${figures.number(accuracy.werPercent, 2)} %`]),
    ...(measured !== undefined
      ? [fill(strings.measuredSpeed, figures.factor(measured.realTimeFactor))]
      : accuracy?.rtfx === undefined
        ? []
        : [`RTFx ${figures.number(accuracy.rtfx, 0)}`]),
    ...(variant.gated ? [strings.gated] : []),
  ];
}
