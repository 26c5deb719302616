/** Frames over which a level is smoothed: a sixth of a second, about a syllable. */
const smoothedFrames = 5;
/** Shorter pieces may be one word without a pause around it. */
const fewestFrames = 60;
/** Louder audio goes to the model, however even it is: -34 dBFS. */
const loudestFloor = 0.02;
/** No speech is as quiet as this all through: -64 dBFS, a few ticks of an 8-bit recorder. */
const inaudible = 0.0006;
/** The loudest syllable of speech is farther above its pauses: 7 dB. */
const smallestSwing = 2.2;

/**
 * Whether a quiet piece is the noise of a room, a wire or an 8-bit recorder: its level hardly changes, while speech has
 * syllables and pauses. `levels` are root mean squares of its frames (32 ms). Models invent words for such noise.
 */
export function isNoiseFloor(levels: readonly number[]): boolean {
  if (levels.length < fewestFrames) return false;
  const smoothed: number[] = [];
  let energy = 0;
  for (const [index, level] of levels.entries()) {
    const leaving = levels[index - smoothedFrames] ?? 0;
    energy += level * level - leaving * leaving;
    if (index >= smoothedFrames - 1) smoothed.push(Math.sqrt(Math.max(0, energy) / smoothedFrames));
  }
  smoothed.sort((a, b) => a - b);
  const loudest = smoothed.at(-1) ?? 0;
  const floor = smoothed[Math.floor(smoothed.length / 10)] ?? 0;
  return loudest < inaudible || (loudest < loudestFloor && loudest < floor * smallestSwing);
}
