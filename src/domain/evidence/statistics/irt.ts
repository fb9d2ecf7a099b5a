/** Ability index by item response theory (method b8): the one-parameter logistic model, as CAISI uses it. */

/** How an index is printed: so many points for so many times the odds. It belongs with the number. */
export interface Scale {
  readonly points: number;
  readonly odds: number;
}

export function pointsPerLogit({ points, odds }: Scale): number {
  return points / Math.log(odds);
}

/** Odds of success of the higher against the lower index, on the same item. */
export function oddsBetween(higher: number, lower: number, scale: Scale): number {
  return Math.exp((higher - lower) / pointsPerLogit(scale));
}

export interface Response {
  readonly model: string;
  readonly item: string;
  /** 0 to 1; a part counts as that share of a success. */
  readonly score: number;
}

export interface Abilities {
  /** Log odds against an item of difficulty 0. */
  readonly abilities: ReadonlyMap<string, number>;
  readonly difficulties: ReadonlyMap<string, number>;
}

const roundsMax = 2_000;

/**
 * The most probable abilities and difficulties under normal priors of mean 0 and this variance on both. Newton steps, models and
 * items in turn, and after each round the shift that the responses cannot see is set by the priors alone.
 */
export function abilitiesOf(responses: readonly Response[], priorVariance: number): Abilities {
  const models = [...new Set(responses.map(({ model }) => model))];
  const items = [...new Set(responses.map(({ item }) => item))];
  const modelPlace = new Map(models.map((name, index) => [name, index]));
  const itemPlace = new Map(items.map((name, index) => [name, index]));
  const modelOf = Uint32Array.from(responses, ({ model }) => modelPlace.get(model)!);
  const itemOf = Uint32Array.from(responses, ({ item }) => itemPlace.get(item)!);
  const scores = Float64Array.from(responses, ({ score }) => score);
  const ability = new Float64Array(models.length);
  const difficulty = new Float64Array(items.length);

  /** One Newton step for each of one side, the other held. `sign` is that of the side in ability - difficulty. */
  const step = (values: Float64Array, placeOf: Uint32Array, sign: 1 | -1): number => {
    const gradient = Float64Array.from(values, (value) => value / priorVariance);
    const curvature = new Float64Array(values.length).fill(1 / priorVariance);
    for (let row = 0; row < scores.length; row++) {
      const p = 1 / (1 + Math.exp(difficulty[itemOf[row]!]! - ability[modelOf[row]!]!));
      gradient[placeOf[row]!]! += sign * (p - scores[row]!);
      curvature[placeOf[row]!]! += p * (1 - p);
    }
    let largest = 0;
    for (let place = 0; place < values.length; place++) {
      // Far from the optimum the curvature is nearly flat: no step of more than two logits.
      const change = Math.max(-2, Math.min(2, gradient[place]! / curvature[place]!));
      values[place]! -= change;
      largest = Math.max(largest, Math.abs(change));
    }
    return largest;
  };

  for (let round = 0; round < roundsMax; round++) {
    const change = Math.max(step(ability, modelOf, 1), step(difficulty, itemOf, -1));
    const mean = (sumOf(ability) + sumOf(difficulty)) / (models.length + items.length);
    for (const values of [ability, difficulty])
      for (let place = 0; place < values.length; place++) values[place]! -= mean;
    if (change < 1e-10) break;
  }
  return {
    abilities: new Map(models.map((name, index) => [name, ability[index]!])),
    difficulties: new Map(items.map((name, index) => [name, difficulty[index]!])),
  };
}

const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
