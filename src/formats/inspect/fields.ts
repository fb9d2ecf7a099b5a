import type { JsonFields, TokenUsage } from '../../domain/evidence/eval-log.ts';
import type { Instant } from '../../domain/instant.ts';
import * as instant from '../instant.ts';
import { isObject, type JsonObject } from '../json.ts';

/** Readings of single fields: what is of another type is as good as absent. */
export const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Text or number as text: Inspect takes both for ids and versions. */
export const nameOf = (value: unknown): string | null =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : textOf(value);

export const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

export const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

export const fieldsOf = (value: unknown): JsonFields => (isObject(value) ? value : {});

export const instantOf = (value: unknown): Instant | null => instant.read(value) ?? null;

/** Usage by model. Inspect's `input_tokens` leave out cache reads and writes. */
export function usageOf(value: unknown): Record<string, TokenUsage> {
  const usage: Record<string, TokenUsage> = Object.create(null);
  if (!isObject(value)) return usage;
  for (const [model, counts] of Object.entries(value)) {
    if (!isObject(counts)) continue;
    usage[model] = {
      input: countOf(counts.input_tokens) ?? 0,
      output: countOf(counts.output_tokens) ?? 0,
      total: countOf(counts.total_tokens) ?? 0,
      cacheWrite: countOf(counts.input_tokens_cache_write),
      cacheRead: countOf(counts.input_tokens_cache_read),
      reasoning: countOf(counts.reasoning_tokens),
      cost: numberOf(counts.total_cost),
    };
  }
  return usage;
}

/** Who changed something, why and when (Inspect's ProvenanceData). */
export function provenanceOf(value: unknown): { author: string | null; reason: string | null; at: Instant | null } {
  const provenance: JsonObject = isObject(value) ? value : {};
  return { author: textOf(provenance.author), reason: textOf(provenance.reason), at: instantOf(provenance.timestamp) };
}
