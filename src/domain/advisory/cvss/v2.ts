/** CVSS v2 equations: "A Complete Guide to the Common Vulnerability Scoring System Version 2.0", section 3.2. */

// Weights in the order of the values in vector.ts; -1 (absent) reads as ND, the first of the optional ones.
const accessVector = [1, 0.646, 0.395];
const accessComplexity = [0.71, 0.61, 0.35];
const authentication = [0.704, 0.56, 0.45];
const impactWeight = [0.66, 0.275, 0];
const exploitability = [1, 0.85, 0.9, 0.95, 1];
const remediationLevel = [1, 0.87, 0.9, 0.95, 1];
const reportConfidence = [1, 0.9, 0.95, 1];
const collateralDamage = [0, 0, 0.1, 0.3, 0.4, 0.5];
const targetDistribution = [1, 0, 0.25, 0.75, 1];
const requirement = [1, 0.5, 1, 1.51];

const weight = (weights: number[], value: number) => weights[Math.max(value, 0)]!;

/** Rounded to one decimal; the small addend undoes binary error at a half, such as 4.35 held as 4.3499999. */
const round = (value: number) => Math.max(0, Math.round((value + 1e-9) * 10) / 10);

function baseOf(values: number[], impact: number): number {
  const [av, ac, au] = values as [number, number, number];
  const exploit = 20 * accessVector[av]! * accessComplexity[ac]! * authentication[au]!;
  return round((0.6 * impact + 0.4 * exploit - 1.5) * (impact === 0 ? 0 : 1.176));
}

/** Scores 0.0-10.0. Temporal and environmental are null when the vector gives no metric of their group. */
export function scoresOf(values: number[]): { base: number; temporal: number | null; environmental: number | null } {
  const [, , , c, i, a, e, rl, rc, cdp, td, cr, ir, ar] = values as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [confidentiality, integrity, availability] = [impactWeight[c]!, impactWeight[i]!, impactWeight[a]!];
  const impact = 10.41 * (1 - (1 - confidentiality) * (1 - integrity) * (1 - availability));
  const base = baseOf(values, impact);
  const temporalFactor = weight(exploitability, e) * weight(remediationLevel, rl) * weight(reportConfidence, rc);
  const temporal = Math.max(e, rl, rc) < 0 ? null : round(base * temporalFactor);
  if (Math.max(cdp, td, cr, ir, ar) < 0) return { base, temporal, environmental: null };
  const adjustedImpact = Math.min(
    10,
    10.41 *
      (1 -
        (1 - confidentiality * weight(requirement, cr)) *
          (1 - integrity * weight(requirement, ir)) *
          (1 - availability * weight(requirement, ar))),
  );
  const adjustedTemporal = round(baseOf(values, adjustedImpact) * temporalFactor);
  const environmental = round(
    (adjustedTemporal + (10 - adjustedTemporal) * weight(collateralDamage, cdp)) * weight(targetDistribution, td),
  );
  return { base, temporal, environmental };
}
