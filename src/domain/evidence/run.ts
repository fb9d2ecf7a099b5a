/** What an imported log becomes: samples that can be filtered and transcripts that can be folded. */
import type { JsonFields, SampleSummary, TranscriptEvent } from './eval-log.ts';

export const runStates = ['importing', 'ready', 'refused'] as const;
export type RunState = (typeof runStates)[number];

/** What a sample can be looked for by. */
export interface SampleFlags {
  hasError: boolean;
  hasLimit: boolean;
  isUnscored: boolean;
  isEdited: boolean;
  isRetried: boolean;
  isFallback: boolean;
  isInvalidated: boolean;
}

export function flagsOf(sample: SampleSummary): SampleFlags {
  return {
    hasError: sample.error !== null,
    hasLimit: sample.limit !== null,
    isUnscored: sample.isUnscored,
    isEdited: Object.values(sample.scores).some(({ edits }) => edits.length > 0),
    isRetried: sample.retries > 0,
    isFallback: sample.modelFallbacks.length > 0,
    isInvalidated: sample.invalidation !== null,
  };
}

/** Scores of a sample that one log is read for at most; real ones have a handful. */
const scoresMax = 100;
const clusterKeysMax = 20;
const clusterLengthMax = 200;

/** Every number of a sample's scores: a scorer's own under its name, its parts as `scorer.part`. Null is unscored. */
export function numbersOf(sample: SampleSummary): Record<string, number | null> {
  const numbers: Record<string, number | null> = Object.create(null);
  let count = 0;
  for (const [name, score] of Object.entries(sample.scores)) {
    if (score.parts === null || score.value !== null) {
      if (count++ < scoresMax) numbers[name] = score.value;
    }
    for (const [part, value] of Object.entries(score.parts ?? {})) {
      if (count++ < scoresMax) numbers[`${name}.${part}`] = value;
    }
  }
  return numbers;
}

/** Short texts and whole numbers of a sample's metadata: what items may be grouped by. */
export function clustersOf(sample: SampleSummary): Record<string, string> {
  const clusters: Record<string, string> = Object.create(null);
  for (const [key, value] of Object.entries(sample.metadata)) {
    if (key.length > clusterLengthMax) continue;
    const text = typeof value === 'string' ? value : Number.isInteger(value) ? String(value) : undefined;
    if (text === undefined || text === '' || text.length > clusterLengthMax) continue;
    clusters[key] = text;
    if (Object.keys(clusters).length === clusterKeysMax) break;
  }
  return clusters;
}

/** Spans of one transcript at most; further ones are not folded. */
const spansMax = 20_000;

/**
 * Finds the spans of a transcript while its events go by: what follows the beginning of a span, more deeply nested, is its
 * content, and so is the event that ends it. Made from depths, so a span that never ended (a run cut off) is one all the same.
 */
export class SpanFinder {
  private readonly spans: [number, number][] = [];
  private readonly open: { at: number; depth: number }[] = [];
  private last = -1;

  /** Takes the next event, in order. */
  take({ index, kind, depth }: Pick<TranscriptEvent, 'index' | 'kind' | 'depth'>): void {
    // The end of a span lies as deep as its beginning.
    const isEnd = kind === 'span_end' && this.open.some((span) => span.depth === depth);
    if (isEnd) {
      this.close(depth + 1);
      this.last = index;
    }
    this.close(depth);
    if (kind === 'span_begin' && this.open.length + this.spans.length < spansMax) this.open.push({ at: index, depth });
    this.last = index;
  }

  /** Index of the event that begins each span and of the last one inside it, in order; spans without content are left out. */
  end(): [number, number][] {
    this.close(-1);
    return this.spans.sort(([a], [b]) => a - b);
  }

  private close(depth: number): void {
    for (let top = this.open.at(-1); top !== undefined && top.depth >= depth; top = this.open.at(-1)) {
      this.open.pop();
      if (this.last > top.at) this.spans.push([top.at, this.last]);
    }
  }
}

/** Conversations of one transcript that are followed at once. */
const conversationsMax = 16;

/**
 * Leaves out of each model call what the call before it was told already: a conversation is sent again with every turn, and a
 * transcript would grow with the square of its length. Of `input`, and of each list in the raw request, only what is new stays; how many
 * messages were left out stands beside it (`input_left_out`, `messages_left_out`).
 */
export class InputCutter {
  /** By place: the lists of the conversations that were sent last. */
  private readonly before = new Map<string, unknown[][]>();

  cut({ kind, payload }: Pick<TranscriptEvent, 'kind' | 'payload'>): JsonFields {
    if (kind !== 'model') return payload;
    const whole = this.cutList(payload, 'input');
    const call = whole['call'];
    const request = isFields(call) ? call['request'] : undefined;
    if (!isFields(call) || !isFields(request)) return whole;
    const lists = Object.keys(request).filter((key) => Array.isArray(request[key]) && key !== 'tools');
    const left = lists.reduce((rest, key) => this.cutList(rest, key), request);
    return left === request ? whole : { ...whole, call: { ...call, request: left } };
  }

  private cutList(fields: JsonFields, key: string): JsonFields {
    const list = fields[key];
    if (!Array.isArray(list) || list.length === 0) return fields;
    const conversations = this.before.get(key) ?? [];
    this.before.set(key, conversations);
    const at = conversations.findIndex((before) => continues(before, list));
    const before = at === -1 ? undefined : conversations.splice(at, 1)[0];
    conversations.unshift(list);
    conversations.splice(conversationsMax);
    return before === undefined
      ? fields
      : { ...fields, [key]: list.slice(before.length), [`${key}_left_out`]: before.length };
  }
}

const continues = (before: unknown[], list: unknown[]): boolean =>
  before.length <= list.length && before.every((message, at) => isSame(message, list[at]));

/** Equality of JSON values; messages that a log holds once are the same object, and need no look inside. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => isSame((one as JsonFields)[key], (other as JsonFields)[key]))
  );
}

const isFields = (value: unknown): value is JsonFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
