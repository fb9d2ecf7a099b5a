import { expect, test } from 'vitest';
import * as logs from '../../test/eval-logs.ts';
import { open } from './eval-log.ts';

const head = logs.header({ samples: 1 });
const one = [logs.sample('a', 1, 'C')];
const summary = {
  schema_version: '0.2.2',
  evaluation_id: 'e',
  retrieved_timestamp: '1',
  source_metadata: { source_type: 'evaluation_run', source_organization_name: 'o', evaluator_relationship: 'other' },
  model_info: { name: 'm', id: 'm' },
  eval_library: { name: 'l', version: '1' },
  evaluation_results: [],
};

test.each<[string, Uint8Array, string]>([
  ['log.eval', logs.zip(logs.entriesOf(head, one)), 'inspect-eval'],
  ['log.json', logs.jsonLog(head, one), 'inspect-json'],
  ['no-name', logs.jsonLog(head, one), 'inspect-json'],
  ['summary.json', Buffer.from(JSON.stringify(summary, null, 2)), 'every-eval-ever'],
  ['results.json', Buffer.from(JSON.stringify({ results: { t: {} }, configs: {}, model_name: 'm' })), 'lm-eval'],
  ['runs.csv', Buffer.from('item,score\na,1\n'), 'attempts'],
  ['runs.txt', Buffer.from('\uFEFF"score","item"\n1,a\n'), 'attempts'],
  ['runs.jsonl', Buffer.from('{"score":1,"item":"a"}\n{"score":0,"item":"b"}\n'), 'attempts'],
  ['runs.json', Buffer.from('{"score":1,"item":"a"}\n'), 'attempts'],
])('%s is told by its content', async (name, bytes, format) => {
  expect((await open(logs.sourceOf(bytes), name)).log.format).toBe(format);
});

test.each<[string, string | Uint8Array, RegExp]>([
  ['empty.eval', '', /The file is empty/],
  ['note.txt', 'Dear all,\nplease find', /not JSON|at byte/i],
  ['other.json', '{"name": "x"}', /not an evaluation log of Inspect.*"name"/],
  [
    'summary.json',
    '{"schema_version": "0.2.2", "evaluation_results": 7}',
    /evaluation_id: Give .* There are \d+ more faults/,
  ],
  ['picture.png', Buffer.from('89504e470d0a1a0a0000', 'hex'), /at byte 0|UTF-8/],
])('%s is refused with the reason', async (name, content, reason) => {
  await expect(open(logs.sourceOf(Buffer.from(content as string)), name)).rejects.toThrow(reason);
});
