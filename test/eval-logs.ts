/** Evaluation logs made by code: in Inspect's two forms, honest and otherwise. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface Entry {
  name: string | Uint8Array;
  content: Uint8Array | string;
  method?: 'stored' | 'deflate' | 'zstd';
  /** Already packed by `method`, where the maker has its own way. */
  packed?: Uint8Array;
  /** What the directory says in place of the truth. */
  claims?: { size?: number; packedSize?: number; offset?: number; crc?: number; method?: number };
}

const methods = { stored: 0, deflate: 8, zstd: 93 };

/** One local header with its data (APPNOTE 6.3 section 4.3.7), and its line in the directory once its place is known. */
export function zipEntry(entry: Entry): { local: Buffer; line: (offset: number) => Buffer } {
  const content = Buffer.from(entry.content as Uint8Array);
  const method = methods[entry.method ?? 'deflate'];
  const data =
    entry.packed ?? (method === 0 ? content : method === 8 ? deflateRawSync(content, { level: 1 }) : zstd(content));
  const name = Buffer.from(entry.name as Uint8Array);
  const claims = { method, crc: crc32(content), packedSize: data.length, size: content.length, ...entry.claims };
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(63, 0);
  // Names are UTF-8.
  fields.writeUInt16LE(0x800, 2);
  fields.writeUInt16LE(claims.method, 4);
  fields.writeUInt32LE(claims.crc, 10);
  fields.writeUInt32LE(claims.packedSize, 14);
  fields.writeUInt32LE(claims.size, 18);
  fields.writeUInt16LE(name.length, 22);
  return {
    local: Buffer.concat([Buffer.from('504b0304', 'hex'), fields, name, data]),
    line: (offset) => {
      const rest = Buffer.alloc(14);
      rest.writeUInt32LE(claims.offset ?? offset, 10);
      return Buffer.concat([Buffer.from('504b01023f00', 'hex'), fields, rest, name]);
    },
  };
}

/** The end of a zip file; `count` may claim more entries than there are. */
export function zipEnd(directory: Buffer, offset: number, count: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  const isWide = count >= 0xffff;
  end.writeUInt16LE(isWide ? 0xffff : count, 8);
  end.writeUInt16LE(isWide ? 0xffff : count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  if (!isWide) return Buffer.concat([directory, end]);
  const wide = Buffer.alloc(56 + 20);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeBigUInt64LE(BigInt(count), 24);
  wide.writeBigUInt64LE(BigInt(count), 32);
  wide.writeBigUInt64LE(BigInt(directory.length), 40);
  wide.writeBigUInt64LE(BigInt(offset), 48);
  wide.writeUInt32LE(0x07064b50, 56);
  wide.writeBigUInt64LE(BigInt(offset + directory.length), 64);
  wide.writeUInt32LE(1, 72);
  return Buffer.concat([directory, wide, end]);
}

export function zip(entries: readonly Entry[], claimedCount = entries.length): Buffer {
  const parts: Buffer[] = [];
  const lines: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, line } = zipEntry(entry);
    parts.push(local);
    lines.push(line(offset));
    offset += local.length;
  }
  return Buffer.concat([...parts, zipEnd(Buffer.concat(lines), offset, claimedCount)]);
}

/** Zstandard (RFC 8878) without compression: frames of raw blocks, a new frame every `frameSize` bytes, as Inspect's writer does. */
export function zstd(content: Uint8Array, frameSize = 200 * 1024 * 1024): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  do {
    const end = Math.min(start + frameSize, content.length);
    // Window of 8 MB, no checksum, no content size.
    parts.push(Buffer.from('28b52ffd0068', 'hex'));
    let at = start;
    do {
      const size = Math.min(128 * 1024, end - at);
      const head = (size << 3) | (at + size === end ? 1 : 0);
      parts.push(
        Buffer.from([head & 255, (head >> 8) & 255, head >> 16]),
        Buffer.from(content.subarray(at, at + size)),
      );
      at += size;
    } while (at < end);
    start = end;
  } while (start < content.length);
  return Buffer.concat(parts);
}

/** A header as Inspect 0.3.2xx writes it, with one scorer `match`. */
export function header(
  fields: { samples: number; epochs?: number; accuracy?: number; stderr?: number } & Record<string, unknown>,
) {
  const { samples, epochs = 1, accuracy, stderr, ...rest } = fields;
  return {
    version: 2,
    status: 'success',
    eval: {
      eval_id: 'eval1',
      run_id: 'run1',
      created: '2026-09-01T10:00:00+00:00',
      task: 'port_scan',
      task_id: 'task1',
      task_version: 3,
      task_args: { level: 'hard' },
      dataset: { name: 'port-scan', location: 'port-scan.jsonl', samples: samples / epochs, shuffled: false },
      model: 'tidewater/sample-1',
      model_args: {},
      model_generate_config: { temperature: 0.7 },
      config: { epochs, epochs_reducer: ['mean'], token_limit: 500_000, message_limit: 100 },
      revision: { type: 'git', origin: 'https://git.tidewater.example/evals', commit: '3f2a9c1', dirty: false },
      packages: { inspect_ai: '0.3.210' },
      scorers: [{ name: 'match' }],
    },
    plan: { name: 'plan', steps: [{ solver: 'generate', params: {} }], config: {} },
    results: {
      total_samples: samples,
      completed_samples: samples,
      scores: [
        {
          name: 'match',
          scorer: 'match',
          metrics: {
            ...(accuracy === undefined ? {} : { accuracy: { name: 'accuracy', value: accuracy } }),
            ...(stderr === undefined ? {} : { stderr: { name: 'stderr', value: stderr } }),
          },
        },
      ],
    },
    stats: {
      started_at: '2026-09-01T10:00:00+00:00',
      completed_at: '2026-09-01T11:00:00+00:00',
      model_usage: { 'tidewater/sample-1': { input_tokens: 100, output_tokens: 50, total_tokens: 150 } },
    },
    ...rest,
  };
}

/** A sample with the score `value`; further fields go in as they are. */
export function sample(id: string | number, epoch: number, value: unknown, fields: Record<string, unknown> = {}) {
  return {
    id,
    epoch,
    input: `Question ${id}`,
    target: 'yes',
    messages: [
      { role: 'user', content: `Question ${id}` },
      { role: 'assistant', content: 'yes' },
    ],
    scores: { match: { value, answer: 'yes' } },
    metadata: { topic: 'ports' },
    events: [],
    model_usage: { 'tidewater/sample-1': { input_tokens: 10, output_tokens: 5, total_tokens: 15 } },
    attachments: {},
    uuid: `uuid-${id}-${epoch}`,
    ...fields,
  };
}

/** The entries of a finished `.eval` log. */
export function entriesOf(
  head: object,
  samples: ReturnType<typeof sample>[],
  method: 'deflate' | 'zstd' = 'deflate',
): Entry[] {
  const entry = (name: string, value: unknown): Entry => ({ name, content: JSON.stringify(value), method });
  return [
    entry('_journal/start.json', { version: 2, eval: (head as { eval: unknown }).eval, plan: {} }),
    ...samples.map((one) => entry(`samples/${one.id}_epoch_${one.epoch}.json`, one)),
    entry('_journal/summaries/1.json', samples.map(summary)),
    entry('summaries.json', samples.map(summary)),
    entry('header.json', head),
  ];
}

export function summary({ messages, events, attachments, ...rest }: ReturnType<typeof sample>) {
  return { ...rest, completed: true, message_count: messages.length };
}

/** The same log as one JSON file. */
export const jsonLog = (head: object, samples: readonly object[]) => Buffer.from(JSON.stringify({ ...head, samples }));

/** Bytes in memory as a source; notes what was asked for. */
export function sourceOf(bytes: Uint8Array): {
  size: number;
  read: (offset: number, length: number) => Promise<Uint8Array>;
} {
  return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}
