import type { EvalLog, SampleSummary } from '../../domain/evidence/eval-log.ts';
import { arrayOf, isObject, type JsonObject } from '../json.ts';
import { Refused } from '../listing.ts';
import { countOf, fieldsOf, instantOf, nameOf, numberOf, provenanceOf, textOf, usageOf } from './fields.ts';
import type { Path, Plan } from './json-walk.ts';
import { scoresOf } from './score.ts';

/** Members of a sample that a summary is made of; the rest of it (events, messages, attachments, store) can be very large. */
const wanted = new Set([
  'id',
  'epoch',
  'uuid',
  'input',
  'target',
  'scores',
  'score',
  'metadata',
  'model_usage',
  'model_fallbacks',
  'started_at',
  'completed_at',
  'total_time',
  'working_time',
  'error',
  'limit',
  'retries',
  'message_count',
  'message_refs',
  'invalidation',
]);

/** Collects the fields of one sample as a walk comes by them. */
export class SampleFields {
  private fields: Record<string, unknown> = Object.create(null);
  /** What was counted in each sample, the one that `summary` is asked for next first: a walk plans ahead of what it gives. */
  private readonly counts: { messages: number | null; retries: number | null }[] = [];

  /** What a walk is to do with a value of the sample; `path` starts at the sample. */
  plan(path: Path): Plan {
    const [key, index] = path;
    if (path.length === 0) {
      this.counts.push({ messages: null, retries: null });
      return 'enter';
    }
    if (key === 'messages' || key === 'error_retries') {
      if (path.length === 1) return 'enter';
      // Only counted: their texts are in the transcript.
      const counted = this.counts.at(-1);
      if (counted !== undefined) counted[key === 'messages' ? 'messages' : 'retries'] = (index as number) + 1;
      return 'skip';
    }
    return path.length === 1 && wanted.has(key as string) ? 'value' : 'skip';
  }

  take(path: Path, value: unknown): void {
    if (path.length === 1) this.fields[path[0] as string] = value;
  }

  summary(log: EvalLog, place: string): SampleSummary {
    const { fields } = this;
    const { messages = null, retries = null } = this.counts.shift() ?? {};
    if (messages !== null) fields.message_count = messages;
    if (retries !== null) fields.retries = retries;
    const summary = summaryOf(fields, log, place);
    this.fields = Object.create(null);
    return summary;
  }
}

/** A sample, or a row of summaries, of any version. `place` is for the refusal where it has no id. */
export function summaryOf(fields: JsonObject, log: EvalLog, place: string): SampleSummary {
  const id = nameOf(fields.id);
  if (id === null)
    throw new Refused(
      `${place}.id`,
      'A sample has no id. The log is damaged: export it again with `inspect log dump`.',
    );
  const usage = usageOf(fields.model_usage);
  const scores = scoresOf(fields, log.results?.scores[0]?.name ?? 'score');
  return {
    id,
    epoch: countOf(fields.epoch) ?? 1,
    uuid: textOf(fields.uuid),
    input: plainText(fields.input),
    target: plainText(fields.target),
    scores,
    isUnscored: Object.values(scores).every(({ value, parts }) => value === null && (parts === null || allNull(parts))),
    tokens: Object.keys(usage).length === 0 ? null : Object.values(usage).reduce((sum, { total }) => sum + total, 0),
    usage,
    startedAt: instantOf(fields.started_at),
    completedAt: instantOf(fields.completed_at),
    totalSeconds: numberOf(fields.total_time),
    workingSeconds: numberOf(fields.working_time),
    messages: countOf(fields.message_count) ?? lengthOf(fields.message_refs),
    error: isObject(fields.error)
      ? (textOf(fields.error.message) ?? 'an error without a message')
      : textOf(fields.error),
    limit: isObject(fields.limit) ? nameOf(fields.limit.type) : textOf(fields.limit),
    retries: countOf(fields.retries) ?? 0,
    modelFallbacks: fallbacksOf(fields.model_fallbacks),
    invalidation: isObject(fields.invalidation) ? provenanceOf(fields.invalidation) : null,
    metadata: fieldsOf(fields.metadata),
  };
}

/** How many messages half-open ranges [start, end) take up; a sample in chunks has its conversation so. */
function lengthOf(refs: unknown): number | null {
  if (!Array.isArray(refs)) return null;
  return countOf(refs.reduce((sum: number, range) => sum + (Number(arrayOf(range)[1]) - Number(arrayOf(range)[0])), 0));
}

const allNull = (parts: Record<string, number | null>) => Object.values(parts).every((part) => part === null);

/** Names of models that stepped in, however the version at hand tells them: names, objects, or counts by name (and by the model asked). */
function fallbacksOf(value: unknown): string[] {
  const listed = Array.isArray(value)
    ? value
    : Object.entries(fieldsOf(value)).flatMap(([model, inner]) => (isObject(inner) ? Object.keys(inner) : [model]));
  const names = listed.map((entry) =>
    isObject(entry)
      ? (textOf(entry.to) ?? textOf(entry.to_model) ?? textOf(entry.fallback) ?? textOf(entry.model) ?? 'unnamed model')
      : textOf(entry),
  );
  return [...new Set(names.filter((name): name is string => name !== null))];
}

/** Text of an input or target: a string, several, or chat messages (of which pictures and the like leave a word in brackets). */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  return arrayOf(value)
    .map((part) => {
      if (typeof part === 'string') return part;
      if (!isObject(part)) return '';
      if (part.content !== undefined) return plainText(part.content);
      if (typeof part.text === 'string') return part.text;
      if (typeof part.reasoning === 'string') return part.reasoning;
      return typeof part.type === 'string' ? `[${part.type}]` : '';
    })
    .filter((text) => text !== '')
    .join('\n');
}
