import { expect, test } from 'vitest';
import { turns } from './inventory-turns.ts';

/** Work that goes on until it is told to end. */
function held() {
  let end = (_: string) => {};
  let fail = (_: Error) => {};
  const ended = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const work = {
    hasBegun: false,
    end,
    fail,
    run: () => {
      work.hasBegun = true;
      return ended;
    },
  };
  return work;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('no more than so many are at work at once, whoever asks, and those that wait are served in order', async () => {
  const inTurn = turns({ atOnce: 2, waitingMax: 5 });
  const works = Array.from({ length: 4 }, held);
  const answers = works.map((work, at) => inTurn(`organisation ${at}`, work.run));
  const begun = () => works.map(({ hasBegun }) => hasBegun);

  await settled();
  expect(begun()).toEqual([true, true, false, false]);
  works[1]!.end('second');
  await settled();
  expect(begun()).toEqual([true, true, true, false]);
  works[0]!.end('first');
  await settled();
  expect(begun()).toEqual([true, true, true, true]);
  works[2]!.end('third');
  works[3]!.end('fourth');
  expect(await Promise.all(answers)).toEqual(['first', 'second', 'third', 'fourth']);
});

test('one owner has one turn: a slow one keeps nobody else from theirs, and too many of one are refused unbegun', async () => {
  const inTurn = turns({ atOnce: 2, waitingMax: 1 });
  const [slow, next, refused, other] = [held(), held(), held(), held()];
  void inTurn('alder', slow.run);
  void inTurn('alder', next.run);

  await expect(inTurn('alder', refused.run)).rejects.toMatchObject({ code: 'unavailable' });
  other.end('done');
  expect(await inTurn('birch', other.run)).toBe('done');
  expect([next.hasBegun, refused.hasBegun]).toEqual([false, false]);
  slow.end('done');
  await settled();
  expect(next.hasBegun).toBe(true);
});

test('work that fails gives its turn on', async () => {
  const inTurn = turns({ atOnce: 1, waitingMax: 1 });
  const [failing, next] = [held(), held()];
  const failed = inTurn('alder', failing.run);
  const answer = inTurn('alder', next.run);

  failing.fail(new Error('broken'));
  await expect(failed).rejects.toThrow('broken');
  next.end('done');
  expect(await answer).toBe('done');
});
