/** Wald's sequential probability ratio test (method b10), for plans that look while the run goes on. */
export interface SequentialTest {
  /** Stop and take the higher rate from this log likelihood ratio on. */
  readonly upper: number;
  /** Stop and take the lower rate at this log likelihood ratio or below. */
  readonly lower: number;
  readonly success: number;
  readonly failure: number;
}

/** Rates `p0` < `p1` with errors `alpha` (taking p1 wrongly) and `beta` (taking p0 wrongly); gives bounds and steps. */
export function sequentialTest(p0: number, p1: number, alpha: number, beta: number): SequentialTest {
  return {
    upper: Math.log((1 - beta) / alpha),
    lower: Math.log(beta / (1 - alpha)),
    success: Math.log(p1 / p0),
    failure: Math.log((1 - p1) / (1 - p0)),
  };
}
