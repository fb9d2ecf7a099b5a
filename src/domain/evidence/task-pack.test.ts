import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as sealedList from '../../log/sealed-list.ts';
import type { Hash } from '../../log/tree.ts';
import {
  entryOf,
  hexOf,
  isOf,
  type PackOpening,
  readItem,
  readOpening,
  readStatement,
  sealOf,
  shownOf,
  standingOf,
  statement,
  type TaskItem,
  toolAnswer,
} from './task-pack.ts';

const hash: Hash = (bytes) => createHash('sha256').update(bytes).digest();

const item = (id: string, more: Partial<TaskItem> = {}): TaskItem => ({
  id,
  input: `What is ${id}?`,
  target: id,
  ...more,
});

/** A pack of these items and the opening of one of them. */
function sealed(items: TaskItem[], index: number) {
  const salts = items.map(({ id }) => hash(Buffer.from(`salt of ${id}`)));
  const leaves = items.map((one, at) => sealedList.leaf(hash, salts[at]!, entryOf(one)));
  const published = statement({ name: 'sample', version: '1', ...sealedList.seal(hash, leaves) });
  const opening: PackOpening = {
    ...published,
    format: 'assay-task-opening/1',
    index,
    salt: hexOf(salts[index]!),
    path: sealedList.path(hash, leaves, index).map(hexOf),
    item: items[index]!,
  };
  return { published, opening };
}

const holds = (opening: PackOpening, published = opening as unknown as Parameters<typeof sealOf>[0]) =>
  sealedList.verify(hash, sealOf(published), shownOf(opening));

describe('a sealed pack', () => {
  test('an opening shows one item and holds, whatever the spelling of its JSON', () => {
    const { published, opening } = sealed(
      ['a', 'b', 'c', 'd', 'e'].map((id) => item(id)),
      3,
    );
    const { target, input, id } = opening.item;
    const read = readOpening(JSON.parse(JSON.stringify({ ...opening, item: { target, id, input } })));

    expect(read).toHaveProperty('opening');
    expect('opening' in read && isOf(read.opening, published) && holds(read.opening, published)).toBe(true);
    expect(JSON.stringify(opening)).not.toContain('What is c?');
  });

  test('no change of an item goes unseen: not of a letter, a field, a type or the order of targets', () => {
    const { opening } = sealed([item('a'), item('b', { target: ['x', 'y'], metadata: { weight: 1 } })], 1);
    const changes: Partial<TaskItem>[] = [
      { input: 'What is B?' },
      { target: ['y', 'x'] },
      { target: 'x' },
      { metadata: { weight: '1' } },
      { metadata: { weight: 1, more: null } },
      { id: 'a' },
      { canary: 'a canary of sixteen' },
    ];

    expect(holds(opening)).toBe(true);
    for (const change of changes) expect(holds({ ...opening, item: { ...opening.item, ...change } })).toBe(false);
  });

  test('the statement holds nothing of the items: an opaque pack is this and no more (I4, I18)', () => {
    const { published } = sealed([item('a'), item('b')], 0);

    expect(Object.keys(published).sort()).toEqual(['format', 'name', 'root', 'size', 'version']);
    expect(readStatement({ ...published })).toEqual({ statement: published });
    expect(readStatement({ ...published, items: [] })).toHaveProperty('problems[0].path', 'items');
  });

  test('an opening does not hold for a pack of another name, version or size', () => {
    const { published, opening } = sealed([item('a'), item('b')], 0);

    expect(isOf({ ...opening, name: 'other' }, published)).toBe(false);
    expect(isOf({ ...opening, version: '2' }, published)).toBe(false);
    expect(isOf({ ...opening, size: 3 }, published)).toBe(false);
    expect(holds(opening, { ...published, size: 3 })).toBe(false);
  });
});

describe('reading', () => {
  test('an item with every field is taken as it is', () => {
    const full = item('a', {
      input: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Well?' },
      ],
      choices: ['one', 'two'],
      scorer: { kind: 'choice' },
      tools: [{ name: 'look_up', parameters: { type: 'object' }, answers: [], otherwise: 'nothing' }],
      cluster: 'family',
      canary: 'b2f0c9d4-canary-of-this-pack',
      metadata: { minutes: 12 },
    });

    expect(readItem(full, 'line 1')).toEqual({ item: full });
  });

  test.each<[string, object, string]>([
    ['neither target nor grader', { target: undefined }, 'line 4'],
    ['both', { grader: 'panel' }, 'line 4'],
    ['an unknown field', { targets: ['x'] }, 'line 4.targets'],
    ['an id with a line end', { id: 'a\nb' }, 'line 4.id'],
    ['a conversation that does not end with the user', { input: [{ role: 'system', content: 'x' }] }, 'line 4.input'],
    ['a short canary', { canary: 'short' }, 'line 4.canary'],
    ['a scorer that is none', { scorer: { kind: 'guess' } }, 'line 4.scorer.kind'],
    [
      'a tool named twice',
      { tools: [1, 2].map(() => ({ name: 't', parameters: {}, answers: [], otherwise: '' })) },
      'line 4.tools[1].name',
    ],
  ])('%s is refused with its place', (_what, change, path) => {
    const { target, ...rest } = { ...item('a'), ...change } as TaskItem;
    const value = target === undefined ? rest : { ...rest, target };

    expect(readItem(value, 'line 4')).toHaveProperty('problems[0].path', path);
  });

  test('an item nested deeper than is read is refused', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 5_000; level++) deep = [deep];

    expect(readItem({ ...item('a'), metadata: { deep } }, 'item')).toHaveProperty(
      'problems[0].message',
      expect.stringMatching(/nested/),
    );
  });

  test('no JSON makes a reader fall', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readItem(value, '')).toBeDefined();
        expect(readStatement(value)).toHaveProperty('problems');
        expect(readOpening(value)).toHaveProperty('problems');
      }),
    );
  });
});

test('a tool answers from its table, to the same arguments in any spelling; to all others as it says', () => {
  const tool = {
    name: 'look_up',
    parameters: {},
    answers: [{ arguments: { host: 'a', port: 22 }, content: 'open' }],
    otherwise: 'no such host',
  };

  expect(toolAnswer(tool, '{"port": 22.0, "host": "a"}')).toBe('open');
  expect(toolAnswer(tool, '{"port": "22", "host": "a"}')).toBe('no such host');
  expect(toolAnswer(tool, 'run("rm -rf /")')).toBe('no such host');
  expect(toolAnswer(tool, '')).toBe('no such host');
});

test('an item is retired after its runs, or at once when its opening was given away', () => {
  const retired = (runs: number, openings: number, afterOpening = true) =>
    standingOf({ runs, openings }, { runsMax: 2, afterOpening }).retired;

  expect(retired(1, 0)).toBeUndefined();
  expect(retired(2, 0)).toBe('runs');
  expect(retired(0, 1)).toBe('opening');
  expect(retired(3, 1)).toBe('opening');
  expect(retired(0, 1, false)).toBeUndefined();
});
