import { type EvalLog, type SampleSummary, sampleKey, type TranscriptEvent } from '../../domain/evidence/eval-log.ts';
import { ArchiveError } from '../archive/gzip.ts';
import { isObject, type JsonObject } from '../json.ts';
import { Refused } from '../listing.ts';
import { type Path, type Plan, type Taken, walk } from './json-walk.ts';
import { SampleFields } from './sample.ts';
import { expanded, messageEvent, type Pools, Spans, transcriptEvent } from './transcript.ts';

/** A sample's name: which attempt at which item. */
export interface SampleName {
  id: string;
  epoch: number;
}

/**
 * An Inspect log that is open. The header is read; the rest is read when asked for, and never held whole. Every method may throw
 * `Refused`, whose sentence says what is wrong and what to do. `log.marks` may grow while samples are read.
 */
export interface LogReader {
  readonly log: EvalLog;
  /**
   * One short row for each sample, from the log's own summaries where it has them: inputs may be shortened and edits of scores are left
   * out there. Where a sample comes twice the later one stands.
   */
  summaries(): AsyncGenerator<SampleSummary>;
  /** Every sample itself, with edits, retries and fallbacks. Where a sample comes twice the later one stands. */
  samples(): AsyncGenerator<SampleSummary>;
  /**
   * The transcript of one sample: `count` events from the index `from`. Where a log holds messages but no events, the messages. Events
   * come with their pooled messages and attachments put back in; not where `isCompact`.
   */
  events(
    sample: SampleName,
    options?: { from?: number; count?: number; isCompact?: boolean },
  ): AsyncGenerator<TranscriptEvent>;
}

/** Pooled messages and attachments of one sample are held up to this many bytes of JSON; what is beyond stays a reference. */
const poolSizeMax = 48 * 1024 * 1024;

/** A fault of an archive as a refusal; anything else as it is. */
export function refusedOf(error: unknown, path = ''): unknown {
  return error instanceof ArchiveError ? new Refused(path, error.message) : error;
}

/** The parts of one sample, wherever they lie. Each call reads them anew. */
export interface SampleParts {
  /** Members of the sample's object, as `plan` asks for them. */
  walk(plan: (path: Path) => Plan, isDone?: () => boolean): AsyncGenerator<Taken[]>;
}

/** The summary of the one sample in `parts`. */
export async function summaryIn(parts: SampleParts, log: EvalLog, place: string): Promise<SampleSummary> {
  const fields = new SampleFields();
  for await (const taken of parts.walk((path) => fields.plan(path))) {
    for (const { path, value } of taken) if (value !== undefined) fields.take(path, value);
  }
  return fields.summary(log, place);
}

/** `isCut` where the pools were too large to be held whole. */
interface SamplePools extends Pools {
  hasEvents: boolean;
  isCut: boolean;
}

/** What events of the sample may refer to, up to `poolSizeMax`; and whether there are events at all. */
export async function poolsIn(parts: SampleParts): Promise<SamplePools> {
  const pools = {
    attachments: new Map<string, string>(),
    messages: [] as unknown[],
    calls: [] as unknown[],
    hasEvents: false,
    isCut: false,
  };
  let size = 0;
  const plan = (path: Path): Plan => {
    const [first, second] = path;
    if (path.length === 0) return 'enter';
    if (first === 'events') {
      if (path.length === 2) pools.hasEvents = true;
      return path.length === 1 ? 'enter' : 'skip';
    }
    if (first === 'attachments') return size > poolSizeMax ? 'skip' : path.length === 1 ? 'enter' : 'value';
    if (first === 'events_data') {
      if (path.length === 1) return 'enter';
      if (second !== 'messages' && second !== 'calls') return 'skip';
      return path.length === 2 ? 'enter' : size > poolSizeMax ? 'skip' : 'value';
    }
    if (first === 'transcript') {
      if (path.length === 1) return 'enter';
      if (second === 'events') {
        if (path.length === 3) pools.hasEvents = true;
        return path.length === 2 ? 'enter' : 'skip';
      }
      return second !== 'content' ? 'skip' : path.length === 2 ? 'enter' : 'value';
    }
    return 'skip';
  };
  for await (const taken of parts.walk(plan)) {
    for (const { path, value, start, end } of taken) {
      if (value === undefined) continue;
      size += end - start;
      if (size > poolSizeMax) pools.isCut = true;
      const key = path.at(-1) as string | number;
      if (path[0] === 'events_data') pools[path[1] as 'messages' | 'calls'][key as number] = value;
      else if (typeof value === 'string') pools.attachments.set(String(key), value);
    }
  }
  return pools;
}

/** Small members that tell where an event lies; read of those before the first one asked for. */
const spanKeys = new Set(['event', 'id', 'parent_id', 'span_id', 'action']);

/** The events from `from` on, at most `count`. `pools` undefined leaves references as they are. */
export async function* eventsIn(
  parts: SampleParts,
  sample: SampleName,
  range: { from: number; count: number },
  pools: Pools | undefined,
  isOfMessages: boolean,
): AsyncGenerator<TranscriptEvent> {
  const key = sampleKey(sample);
  const end = range.from + range.count;
  const spans = new Spans();
  let isDone = false;
  let before: Record<string, unknown> = Object.create(null);
  /** The path of the list of events begins with this. */
  const isList = (path: Path) =>
    isOfMessages ? path[0] === 'messages' : path[0] === 'events' || (path[0] === 'transcript' && path[1] === 'events');
  const depthOfList = (path: Path) => (path[0] === 'transcript' ? 2 : 1);
  const plan = (path: Path): Plan => {
    if (path.length === 0 || (!isOfMessages && path.length === 1 && path[0] === 'transcript')) return 'enter';
    if (!isList(path) || isDone) return 'skip';
    const depth = depthOfList(path);
    if (path.length === depth) return 'enter';
    const index = path[depth] as number;
    if (index >= end) {
      isDone = true;
      return 'skip';
    }
    if (path.length === depth + 1) return index >= range.from ? 'value' : isOfMessages ? 'skip' : 'enter';
    return spanKeys.has(path[depth + 1] as string) ? 'value' : 'skip';
  };
  for await (const taken of parts.walk(plan, () => isDone)) {
    for (const { path, value } of taken) {
      const depth = depthOfList(path);
      if (!isList(path)) continue;
      const index = path[depth] as number;
      if (path.length === depth + 2) before[path[depth + 1] as string] = value;
      else if (path.length === depth + 1 && value === undefined) {
        spans.depthOf(before);
        before = Object.create(null);
      } else if (path.length === depth + 1 && isObject(value)) {
        const event: JsonObject = pools === undefined ? value : expanded(value, pools);
        yield isOfMessages ? messageEvent(event, index, key) : transcriptEvent(event, index, spans.depthOf(value), key);
      }
    }
  }
}

/** `walk` over the pieces of one document that is a whole sample. */
export function partsOf(pieces: () => AsyncIterable<Uint8Array>, path: string): SampleParts {
  return {
    async *walk(plan, isDone) {
      try {
        yield* walk(pieces(), plan, isDone);
      } catch (error) {
        throw refusedOf(error, path);
      }
    },
  };
}

/** Events of one sample; the pools of the sample asked for last are kept, for the next page. */
export class Transcripts {
  private readonly partsOf: (sample: SampleName) => Promise<SampleParts>;
  private readonly log: EvalLog;
  private last: { key: string; parts: SampleParts; pools: SamplePools } | undefined;

  constructor(log: EvalLog, find: (sample: SampleName) => Promise<SampleParts>) {
    this.log = log;
    this.partsOf = find;
  }

  async *events(
    sample: SampleName,
    { from = 0, count = Number.POSITIVE_INFINITY, isCompact = false } = {},
  ): AsyncGenerator<TranscriptEvent> {
    const key = sampleKey(sample);
    if (this.last?.key !== key) {
      const parts = await this.partsOf(sample);
      this.last = { key, parts, pools: await poolsIn(parts) };
      const code = 'references_left';
      if (this.last.pools.isCut && !this.log.marks.some((mark) => mark.code === code)) {
        const text = `Some transcripts share more than ${poolSizeMax / 1024 / 1024} MB of messages and attachments: what is beyond stays a reference.`;
        this.log.marks.push({ code, text });
      }
    }
    const { parts, pools } = this.last;
    yield* eventsIn(parts, sample, { from, count }, isCompact ? undefined : pools, !pools.hasEvents);
  }
}
