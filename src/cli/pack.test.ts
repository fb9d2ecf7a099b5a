import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from './main.ts';

let folder: string;
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-pack-'));
  await writeFile(at('items.jsonl'), items(5));
});
afterEach(() => rm(folder, { recursive: true }));

const items = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({ id: `q${index}`, input: `The question number ${index}`, target: `answer ${index}` }),
  ).join('\n');

async function assay(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const io = { stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const written = Promise.all([text(io.stdout), text(io.stderr)]);
  const code = await run(['pack', ...args], io);
  io.stdout.end();
  io.stderr.end();
  const [output, errors] = await written;
  return { code, output, errors };
}

const seal = () => assay('seal', at('items.jsonl'), '--out', at('pack'), '--name', 'sample');

test('seal, publish, open one item, verify: and nothing is told of the others', async () => {
  expect((await seal()).code).toBe(0);
  const opened = await assay('open', at('pack'), '--item', 'q3', '--out', at('q3.json'));
  const verified = await assay('verify', at('pack.root.json'), at('q3.json'), '--format', 'json');

  expect(opened).toMatchObject({ code: 0, errors: '' });
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.output)).toMatchObject({ valid: true, item: 'q3', index: 3, size: 5, name: 'sample' });
  const opening = await readFile(at('q3.json'), 'utf8');
  expect(opening).toContain('The question number 3');
  for (const other of [0, 1, 2, 4]) expect(opening).not.toContain(`question number ${other}`);
  const statement = await readFile(at('pack.root.json'), 'utf8');
  expect(statement).not.toMatch(/question|answer|salt/);
});

test('the sealed pack is read by its owner only, and the same items get another root each time', async () => {
  await seal();
  await assay('seal', at('items.jsonl'), '--out', at('again'), '--name', 'sample');

  expect((await stat(at('pack'))).mode & 0o077).toBe(0);
  expect(await readFile(at('pack.root.json'), 'utf8')).not.toBe(await readFile(at('again.root.json'), 'utf8'));
});

describe('what was changed is refused', () => {
  test('an opening of which one letter is another', async () => {
    await seal();
    await assay('open', at('pack'), '--item', 'q3', '--out', at('q3.json'));
    await writeFile(at('q3.json'), (await readFile(at('q3.json'), 'utf8')).replace('answer 3', 'answer 4'));

    const verified = await assay('verify', at('pack.root.json'), at('q3.json'));

    expect(verified.code).toBe(1);
    expect(verified.output).toMatch(/not what was sealed/);
  });

  test('an opening against the statement of another pack', async () => {
    await seal();
    await assay('seal', at('items.jsonl'), '--out', at('again'), '--name', 'sample');
    await assay('open', at('again'), '--item', 'q3', '--out', at('q3.json'));

    const verified = await assay('verify', at('pack.root.json'), at('q3.json'));

    expect(verified).toMatchObject({ code: 1, output: expect.stringMatching(/another pack/) });
  });

  test('a pack whose item was changed after sealing opens nothing', async () => {
    await seal();
    await writeFile(at('pack'), (await readFile(at('pack'), 'utf8')).replace('answer 1', 'answer 9'));

    const opened = await assay('open', at('pack'), '--item', 'q3', '--out', at('q3.json'));

    expect(opened).toMatchObject({ code: 1, errors: expect.stringMatching(/changed after it was sealed/) });
    expect(await readdir(folder)).not.toContain('q3.json');
  });

  test('a pack whose end is missing opens nothing', async () => {
    await seal();
    const lines = (await readFile(at('pack'), 'utf8')).trim().split('\n');
    await writeFile(at('pack'), lines.slice(0, -1).join('\n'));

    const opened = await assay('open', at('pack'), '--item', 'q3', '--out', at('q3.json'));

    expect(opened).toMatchObject({ code: 1, errors: expect.stringMatching(/end of the pack is missing/) });
  });
});

describe('files', () => {
  test('nothing is written over, and what was refused leaves nothing behind', async () => {
    await seal();
    const before = await readFile(at('pack'), 'utf8');
    const again = await seal();
    await writeFile(at('items.jsonl'), `${items(2)}\n{"id": "q0", "input": "x", "target": "y"}\n`);
    const twice = await assay('seal', at('items.jsonl'), '--out', at('other'));

    expect(again).toMatchObject({ code: 2, errors: expect.stringMatching(/exists already/) });
    expect(await readFile(at('pack'), 'utf8')).toBe(before);
    expect(twice).toMatchObject({ code: 1, errors: expect.stringMatching(/line 3: An item of this id/) });
    expect((await readdir(folder)).sort()).toEqual(['items.jsonl', 'pack', 'pack.root.json']);
  });

  test.each([
    ['', /no items/],
    ['{"id": "a"', /line 1: This is not JSON/],
    ['{"id": "a", "input": "x"}', /line 1: Give a target/],
    [`{"id": "a", "input": "${'x'.repeat(1_100_000)}", "target": "y"}`, /line 1: An item has 1000000 characters/],
  ])('items %# that cannot be sealed are refused with the line and the reason', async (content, reason) => {
    await writeFile(at('items.jsonl'), content);

    expect(await seal()).toMatchObject({ code: 1, errors: expect.stringMatching(reason) });
  });

  test('a missing file and an unknown item are wrong use', async () => {
    await seal();

    expect((await assay('open', at('nowhere'), '--item', 'q3', '--out', at('x'))).code).toBe(2);
    expect((await assay('open', at('pack'), '--item', 'q9', '--out', at('x'))).code).toBe(2);
    expect((await assay('verify', at('pack.root.json'), at('nowhere'))).code).toBe(2);
  });
});
