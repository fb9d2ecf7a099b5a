import type { SampleScore, ScoreEdit } from '../../domain/evidence/eval-log.ts';
import { arrayOf, isObject, type JsonObject } from '../json.ts';
import { instantOf, numberOf, textOf } from './fields.ts';

/**
 * The number that an Inspect score stands for, as Inspect's own `value_to_float` gives it: C and yes and true 1, P 0.5, I and N and no
 * and false 0, other text by its number. Null where there is none: NaN (which is read as null) means unscored. A text that is no number
 * is unscored too, where Inspect counts 0 with a warning: zero is a claim, absence is not.
 */
export function numberOfValue(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return null;
  switch (value) {
    case 'C':
      return 1;
    case 'P':
      return 0.5;
    case 'I':
    case 'N':
      return 0;
  }
  const lower = value.trim().toLowerCase();
  if (lower === 'yes' || lower === 'true') return 1;
  if (lower === 'no' || lower === 'false') return 0;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(lower) && Number.isFinite(Number(lower)) ? Number(lower) : null;
}

/** Scores by scorer. `name` stands in for the one that very old logs leave out (`score` in place of `scores`). */
export function scoresOf(sample: JsonObject, name: string): Record<string, SampleScore> {
  const scores: Record<string, SampleScore> = Object.create(null);
  if (isObject(sample.scores)) {
    for (const [scorer, score] of Object.entries(sample.scores)) {
      // The name that Inspect gives a score it has moved from the old field, until it knows the scorer's.
      if (isObject(score)) scores[scorer === '88F74D2C' ? name : scorer] = scoreOf(score);
    }
  } else if (isObject(sample.score)) scores[name] = scoreOf(sample.score);
  return scores;
}

function scoreOf(score: JsonObject): SampleScore {
  const { value } = score;
  const history = arrayOf(score.history).filter(isObject);
  // The first step of a history, without provenance, is the score as the scorer gave it.
  const original = history.find((step) => !isObject(step.provenance) && step.value !== 'UNCHANGED');
  const edits = history.filter((step) => isObject(step.provenance)).map(editOf);
  return {
    value: numberOfValue(value),
    text: shown(value),
    parts: partsOf(value),
    answer: textOf(score.answer),
    explanation: textOf(score.explanation),
    original: edits.length === 0 || original === undefined ? null : numberOfValue(original.value),
    edits,
  };
}

function editOf(step: JsonObject): ScoreEdit {
  const provenance = step.provenance as JsonObject;
  const isChanged = step.value !== undefined && step.value !== 'UNCHANGED';
  return {
    value: isChanged ? numberOfValue(step.value) : null,
    text: isChanged ? shown(step.value) : null,
    author: textOf(provenance.author),
    reason: textOf(provenance.reason),
    at: instantOf(provenance.timestamp),
  };
}

function partsOf(value: unknown): Record<string, number | null> | null {
  if (typeof value !== 'object' || value === null) return null;
  const parts: Record<string, number | null> = Object.create(null);
  for (const [name, part] of Object.entries(value)) parts[name] = numberOfValue(part);
  return parts;
}

const shown = (value: unknown) =>
  value === null || value === undefined
    ? 'unscored'
    : (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 1000);

/** Metrics of one scorer: name to value. What is no finite number is null. */
export function metricsOf(metrics: unknown): Record<string, number | null> {
  const made: Record<string, number | null> = Object.create(null);
  if (!isObject(metrics)) return made;
  for (const [name, metric] of Object.entries(metrics)) made[name] = isObject(metric) ? numberOf(metric.value) : null;
  return made;
}
