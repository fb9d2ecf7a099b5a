import type { TranscriptEvent } from '../../domain/evidence/eval-log.ts';
import { arrayOf, isObject, type JsonObject } from '../json.ts';
import { instantOf, nameOf, textOf } from './fields.ts';
import { plainText } from './sample.ts';

/** What events of a sample refer to: texts held once, and messages that many model calls share. */
export interface Pools {
  attachments: Map<string, string>;
  messages: unknown[];
  calls: unknown[];
}

const textMax = 200;
/** How texts refer to attachments; the second way is that of logs before February 2025. */
const reference = /^(?:attachment|tc):\/\//;

/** Puts back what an event refers to. Inspect's references are half-open ranges [start, end) into the pools. What is not held stays a reference. */
export function expanded(event: JsonObject, pools: Pools): JsonObject {
  let whole = event;
  const input = rangesOf(event.input_refs, pools.messages);
  if (input !== undefined) whole = without({ ...whole, input }, 'input_refs');
  const call = whole.call;
  if (isObject(call)) {
    const messages = rangesOf(call.call_refs, pools.calls);
    if (messages !== undefined) {
      const request = {
        ...(isObject(call.request) ? call.request : {}),
        [textOf(call.call_key) ?? 'messages']: messages,
      };
      whole = { ...whole, call: without(without({ ...call, request }, 'call_refs'), 'call_key') };
    }
  }
  return pools.attachments.size === 0 ? whole : (attached(whole, pools.attachments, 0) as JsonObject);
}

function rangesOf(refs: unknown, pool: readonly unknown[]): unknown[] | undefined {
  if (!Array.isArray(refs)) return undefined;
  const items: unknown[] = [];
  for (const range of refs) {
    const [start, end] = arrayOf(range);
    if (typeof start !== 'number' || typeof end !== 'number' || start < 0 || end > pool.length) return undefined;
    for (let at = start; at < end; at++) {
      // A hole: the pool was too large to be held whole.
      if (!(at in pool)) return undefined;
      items.push(pool[at]);
      if (items.length > pool.length * 4) return undefined;
    }
  }
  return items;
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = object;
  return rest;
}

/** The value with its references to attachments replaced; the same value where there is none. */
function attached(value: unknown, attachments: Map<string, string>, depth: number): unknown {
  if (typeof value === 'string') {
    const start = reference.exec(value)?.[0].length ?? 0;
    return start > 0 ? (attachments.get(value.slice(start)) ?? value) : value;
  }
  if (typeof value !== 'object' || value === null || depth > 200) return value;
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let at = 0; at < value.length; at++) {
      const made = attached(value[at], attachments, depth + 1);
      if (made === value[at]) continue;
      copy ??= value.slice();
      copy[at] = made;
    }
    return copy ?? value;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, part] of Object.entries(value)) {
    const made = attached(part, attachments, depth + 1);
    if (made !== part) {
      copy ??= Object.assign(Object.create(null), value) as Record<string, unknown>;
      copy[key] = made;
    }
  }
  return copy ?? value;
}

/** Follows spans (and the steps of older logs) from event to event, to tell how deep each one lies. */
export class Spans {
  private readonly depths = new Map<string, number>();
  private steps = 0;

  /** The depth of the event; to be asked for every event, in order. */
  depthOf(event: JsonObject): number {
    if (event.event === 'step') {
      if (event.action === 'begin') return this.steps++;
      this.steps = Math.max(0, this.steps - 1);
      return this.steps;
    }
    if (event.event === 'span_begin' || event.event === 'span_end') {
      const id = textOf(event.id) ?? '';
      const known = this.depths.get(id);
      if (known !== undefined) return known - 1;
      const depth = this.depths.get(textOf(event.parent_id) ?? '') ?? 0;
      this.depths.set(id, depth + 1);
      return depth;
    }
    return (this.depths.get(textOf(event.span_id) ?? '') ?? 0) + this.steps;
  }
}

export function transcriptEvent(event: JsonObject, index: number, depth: number, sample: string): TranscriptEvent {
  const kind = textOf(event.event) ?? 'unknown';
  return {
    index,
    kind,
    at: instantOf(event.timestamp),
    span: textOf(event.span_id),
    depth,
    text: oneLine(tell(kind, event)),
    payload: event,
    sample,
  };
}

/** A message of a log without events, as the event it stands for. */
export function messageEvent(message: JsonObject, index: number, sample: string): TranscriptEvent {
  return { ...transcriptEvent(message, index, 0, sample), kind: 'message', text: oneLine(messageText(message)) };
}

function tell(kind: string, event: JsonObject): string {
  switch (kind) {
    case 'model':
      return `${nameOf(event.model) ?? 'model'}: ${textOf(event.error) ?? outputText(event.output)}`;
    case 'tool':
      return `${nameOf(event.function) ?? 'tool'}(${argumentsText(event.arguments)}) -> ${errorText(event.error) ?? plainText(event.result)}`;
    case 'score':
      return isObject(event.score)
        ? `Score ${valueText(event.score.value)} ${plainText(event.score.explanation)}`
        : 'Score';
    case 'score_edit':
      return `Score of ${nameOf(event.score_name) ?? 'the sample'} edited to ${isObject(event.edit) ? valueText(event.edit.value) : ''}`;
    case 'sample_limit':
      return `Ended at a limit: ${nameOf(event.type) ?? ''} ${textOf(event.message) ?? ''}`;
    case 'error':
      return errorText(event.error) ?? 'Error';
    case 'logger':
      return isObject(event.message) ? (textOf(event.message.message) ?? '') : plainText(event.message);
    case 'info':
      return typeof event.data === 'string'
        ? event.data
        : (JSON.stringify(event.data ?? '') ?? '').slice(0, textMax * 2);
    case 'approval':
      return `${nameOf(event.approver) ?? 'approver'}: ${nameOf(event.decision) ?? ''} ${textOf(event.explanation) ?? ''}`;
    case 'input':
      return plainText(event.input);
    case 'sandbox':
      return `${nameOf(event.action) ?? 'sandbox'} ${textOf(event.cmd) ?? textOf(event.file) ?? ''}`;
    case 'state':
    case 'store':
      return `${arrayOf(event.changes).length} changes`;
    case 'sample_init':
      return isObject(event.sample) ? plainText(event.sample.input) : 'The sample begins';
    case 'span_begin':
    case 'subtask':
    case 'step':
      return [textOf(event.type), textOf(event.name), textOf(event.action)].filter((part) => part !== null).join(' ');
    default:
      return textOf(event.message) ?? textOf(event.name) ?? '';
  }
}

function outputText(output: unknown): string {
  if (!isObject(output)) return '';
  const choice = arrayOf(output.choices)[0];
  const message = isObject(choice) ? choice.message : undefined;
  return isObject(message) ? messageText(message) : (textOf(output.error) ?? textOf(output.completion) ?? '');
}

function messageText(message: JsonObject): string {
  const calls = arrayOf(message.tool_calls)
    .filter(isObject)
    .map((call) => `${nameOf(call.function) ?? 'tool'}(${argumentsText(call.arguments)})`);
  const role = message.role === 'assistant' || message.role === undefined ? '' : `${nameOf(message.role)}: `;
  return role + [plainText(message.content), ...calls].filter((part) => part !== '').join(' ');
}

function argumentsText(value: unknown): string {
  if (!isObject(value)) return plainText(value);
  return Object.entries(value)
    .slice(0, 5)
    .map(([name, part]) => `${name}=${valueText(part)}`)
    .join(', ');
}

const errorText = (error: unknown) => (isObject(error) ? textOf(error.message) : textOf(error));
const valueText = (value: unknown) =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, textMax);

function oneLine(text: string): string {
  const plain = text
    .slice(0, textMax * 4)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal.
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\s]+/g, ' ')
    .trim();
  return plain.length > textMax ? `${plain.slice(0, textMax - 3)}...` : plain;
}
