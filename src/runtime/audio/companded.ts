/** How telephone recordings store a sample in 8 bits (ITU-T G.711). */
export type Companding = 'aLaw' | 'muLaw';

const fullScale = 32_768;
/** The bias that makes the segments of µ-law powers of two. */
const muLawBias = 0x84;

/** Each of the 256 codes as a sample between -1 and 1. */
export function compandedSamples(law: Companding): Float32Array {
  const decode = law === 'aLaw' ? aLawValue : muLawValue;
  return Float32Array.from({ length: 256 }, (_, code) => decode(code) / fullScale);
}

/** Sent with every bit inverted; a set sign bit then means negative. */
function muLawValue(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + muLawBias) << ((bits >> 4) & 7)) - muLawBias;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

/** Sent with every other bit inverted; a set sign bit then means positive. The first two segments are linear. */
function aLawValue(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const steps = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? steps : (steps + 0x100) << (segment - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}
