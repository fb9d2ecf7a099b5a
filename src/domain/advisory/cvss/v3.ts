/** CVSS v3.0 and v3.1 equations: specification documents, section 7 (v3.1) and section 8 (v3.0). */

// Weights in the order of the values in vector.ts.
const attackVector = [0.85, 0.62, 0.55, 0.2];
const attackComplexity = [0.77, 0.44];
const privilegesUnchanged = [0.85, 0.62, 0.27];
const privilegesChanged = [0.85, 0.68, 0.5];
const userInteraction = [0.85, 0.62];
const impactWeight = [0.56, 0.22, 0];
const exploitMaturity = [1, 1, 0.97, 0.94, 0.91];
const remediationLevel = [1, 1, 0.97, 0.96, 0.95];
const reportConfidence = [1, 1, 0.96, 0.92];
const requirement = [1, 1.5, 1, 0.5];

/** v3.1 appendix A: in whole 1/100,000, so that every implementation rounds alike. */
function roundUp31(value: number): number {
  const whole = Math.round(value * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}

/** v3.0 section 8: the smallest number of one decimal that is not lower; the subtrahend undoes binary error. */
const roundUp30 = (value: number) => Math.ceil(value * 10 - 1e-9) / 10;

/** Scores 0.0-10.0. Without temporal or environmental metrics these scores equal the one before, as the equations give. */
export function scoresOf(
  version: '3.0' | '3.1',
  values: number[],
): { base: number; temporal: number; environmental: number } {
  const roundUp = version === '3.1' ? roundUp31 : roundUp30;
  const at = (index: number) => Math.max(values[index]!, 0);
  // A modified metric that is absent or X (0) takes the base value; its values stand one place later than the base's.
  const modified = (index: number) => (values[index + 14]! > 0 ? values[index + 14]! - 1 : values[index]!);

  const exploitability = (metric: (index: number) => number) =>
    8.22 *
    attackVector[metric(0)]! *
    attackComplexity[metric(1)]! *
    (metric(4) === 1 ? privilegesChanged : privilegesUnchanged)[metric(2)]! *
    userInteraction[metric(3)]!;

  const isChanged = at(4) === 1;
  const iss = 1 - (1 - impactWeight[at(5)]!) * (1 - impactWeight[at(6)]!) * (1 - impactWeight[at(7)]!);
  const impact = isChanged ? 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02) ** 15 : 6.42 * iss;
  const base = impact <= 0 ? 0 : roundUp(Math.min((isChanged ? 1.08 : 1) * (impact + exploitability(at)), 10));

  const temporalFactor = exploitMaturity[at(8)]! * remediationLevel[at(9)]! * reportConfidence[at(10)]!;
  const temporal = roundUp(base * temporalFactor);

  const isModifiedChanged = modified(4) === 1;
  const miss = Math.min(
    1 -
      (1 - requirement[at(11)]! * impactWeight[modified(5)]!) *
        (1 - requirement[at(12)]! * impactWeight[modified(6)]!) *
        (1 - requirement[at(13)]! * impactWeight[modified(7)]!),
    0.915,
  );
  const changedImpact = version === '3.1' ? (miss * 0.9731 - 0.02) ** 13 : (miss - 0.02) ** 15;
  const modifiedImpact = isModifiedChanged ? 7.52 * (miss - 0.029) - 3.25 * changedImpact : 6.42 * miss;
  const adjusted = roundUp(Math.min((isModifiedChanged ? 1.08 : 1) * (modifiedImpact + exploitability(modified)), 10));
  const environmental = modifiedImpact <= 0 ? 0 : roundUp(adjusted * temporalFactor);
  return { base, temporal, environmental };
}
