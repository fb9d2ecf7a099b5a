/**
 * The special functions behind the intervals: normal, Student t and beta distributions, in double precision. Test vectors with 30
 * digits from an arbitrary-precision library stand in `distributions.test.ts`.
 */

/** log Γ(x) - [(x - 1/2) log x - x + log √(2π)]: what Stirling's formula lacks. DLMF 5.11.1; x > 0. */
function stirlingError(x: number): number {
  // The series is exact to double precision from 16 on; below, Γ(x + 1) = x Γ(x) climbs up to it.
  let climb = 0;
  let at = x;
  while (at < 16) {
    climb += 1 - (at + 0.5) * Math.log1p(1 / at);
    at++;
  }
  const square = 1 / (at * at);
  const series =
    1 / 12 -
    square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - (square * 691) / 360360))));
  return series / at - climb;
}

/** Natural logarithm of Γ(x), for x > 0. */
export function logGamma(x: number): number {
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + stirlingError(x);
}

/** x log(x / m) + m - x without the loss of digits where x is near m (Loader 2000). */
function deviance(x: number, m: number): number {
  if (x === 0) return m;
  const share = (x - m) / (x + m);
  if (Math.abs(share) >= 0.1) return x * Math.log(x / m) + m - x;
  let sum = (x - m) * share;
  let term = 2 * x * share;
  for (let j = 1; j < 1000; j++) {
    term *= share * share;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** x^a (1 - x)^b / B(a, b), by Loader's saddle point, so that large a and b cost no digits. */
function betaFactor(x: number, a: number, b: number): number {
  const n = a + b;
  const exponent =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * (1 - x));
  return Math.exp(exponent) * Math.sqrt((a / n) * (b / (2 * Math.PI)));
}

/** Distribution function of Beta(a, b) at x: the regularised incomplete beta function I_x(a, b). DLMF 8.17.22. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The continued fraction converges quickly on this side of the mean; the other side is its mirror.
  return x <= (a + 1) / (a + b + 2)
    ? (betaFactor(x, a, b) * betaFraction(x, a, b)) / a
    : 1 - (betaFactor(x, a, b) * betaFraction(1 - x, b, a)) / b;
}

/** The continued fraction of DLMF 8.17.22, by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const nonZero = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return fraction;
}

/** The x with betaCdf(x, a, b) = p, by halving: slow, but it cannot miss. Takes 0 <= p <= 1. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high || high - low < 1e-17) return middle;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
}

/** Distribution function of the standard normal: a series near the middle (Marsaglia 2004), a continued fraction in the tails. */
export function normalCdf(z: number): number {
  if (z > 3) return 1 - normalCdf(-z);
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  if (z >= -3) {
    let term = z;
    let sum = z;
    for (let odd = 3; sum !== sum + term || odd < 5; odd += 2) {
      term *= (z * z) / odd;
      if (term === 0) break;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = -z;
  for (let j = 200; j > 0; j--) fraction = -z + j / fraction;
  return density / fraction;
}

/** The z with normalCdf(z) = p. Takes 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0.5) return 0;
  // Abramowitz and Stegun 26.2.23 is right to 0.00045; two steps of Halley's method leave nothing of that.
  const t = Math.sqrt(-2 * Math.log(p));
  let z = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (let step = 0; step < 3; step++) {
    const error = ((normalCdf(z) - p) * Math.sqrt(2 * Math.PI)) / Math.exp(-0.5 * z * z);
    z -= error / (1 + (z * error) / 2);
  }
  return z;
}

/** Distribution function of Student's t with `df` degrees of freedom (DLMF 8.17 with x = df / (df + t²)). */
export function studentCdf(t: number, df: number): number {
  const tail = betaCdf(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t with studentCdf(t, df) = p. Takes 0 < p < 1. */
export function studentQuantile(p: number, df: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, df);
  // Near the middle t² / (df + t²) is small, far out its complement is: the small one keeps its digits.
  const inner = 2 * p - 1;
  if (inner < 0.5) {
    const y = betaQuantile(inner, 0.5, df / 2);
    return Math.sqrt((df * y) / (1 - y));
  }
  const x = betaQuantile(1 - inner, df / 2, 0.5);
  return Math.sqrt((df * (1 - x)) / x);
}

/** log of the binomial coefficient "n over k". Takes 0 <= k <= n. */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** P(X <= k) for X ~ Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return betaCdf(1 - p, n - k, k + 1);
}
