import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import {
  apply,
  type Board,
  type CaseId,
  type Change,
  credits,
  isInEffect,
  link,
  linkRelations,
  membersOf,
  mergeCase,
  mergeFindings,
  open,
  rename,
  split,
  standsInTheWay,
  undo,
} from './case.ts';

const empty: Board = { titles: new Map(), caseOf: new Map(), links: new Map(), acts: [] };
const [a, b, c]: [CaseId, CaseId, CaseId] = ['case_a', 'case_b', 'case_c'];
const findings = [1, 2, 3, 4, 5, 6, 7, 8];
const caseIds: CaseId[] = ['case_a', 'case_b', 'case_c', 'case_d'];

/** Acts one after the other, each seeing what the ones before left. */
const done = (board: Board, ...acts: ((board: Board) => Change)[]): Board =>
  acts.reduce((current, act) => apply(current, act(current), (current.acts.at(-1)?.number ?? 0) + 1), board);

/** What stands, without how it came about. */
const standing = ({ titles, caseOf, links }: Board) => ({
  titles: [...titles].sort(),
  caseOf: [...caseOf].sort(([x], [y]) => x - y),
  links: [...links].sort(),
});

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

/** Any act that a coordinator may try; a refused one leaves everything as it is. */
const anyCase = fc.constantFrom(...caseIds);
const anyFinding = fc.constantFrom(...findings);
const someFindings = fc.uniqueArray(anyFinding, { minLength: 1, maxLength: 4 });
const anyAct: fc.Arbitrary<(board: Board) => Change> = fc.oneof(
  fc.tuple(anyCase, someFindings).map(
    ([id, chosen]) =>
      (board: Board) =>
        board.titles.has(id) ? split(board, id, chosen, freshOf(board), 'apart') : open(board, id, chosen, id),
  ),
  fc.tuple(anyCase, anyFinding).map(
    ([id, finding]) =>
      (board: Board) =>
        mergeFindings(board, id, [{ finding, from: board.caseOf.get(finding) ?? null }]),
  ),
  fc.tuple(anyCase, anyCase).map(
    ([id, other]) =>
      (board: Board) =>
        mergeCase(board, id, other),
  ),
  fc.tuple(anyCase, fc.string({ minLength: 1, maxLength: 5 })).map(
    ([id, title]) =>
      (board: Board) =>
        rename(board, id, title),
  ),
  fc.tuple(anyCase, anyCase, fc.option(fc.constantFrom(...linkRelations))).map(
    ([id, other, relation]) =>
      (board: Board) =>
        link(board, id, other, relation),
  ),
  fc.nat(20).map((back) => (board: Board) => undo(board, (board.acts.at(-1)?.number ?? 0) - back)),
);
const freshOf = (board: Board): CaseId => `case_new${board.acts.length}`;

/** What is left after acts, those left out that a rule refuses. */
const played = (acts: ((board: Board) => Change)[]): Board => acts.reduce(tried, empty);
const anyBoard = fc.array(anyAct, { maxLength: 25 }).map(played);

test('a case opens with findings that are in none; a finding in a case is refused', () => {
  const board = done(empty, (x) => open(x, a, [2, 1, 1], 'One'));

  expect(membersOf(board, a)).toEqual([1, 2]);
  expect(codeOf(() => open(board, b, [2, 3], 'Two'))).toBe('finding_moved');
});

test('a merge that saw another state than the one that holds is refused', () => {
  const board = done(
    empty,
    (x) => open(x, a, [1], 'One'),
    (x) => open(x, b, [2], 'Two'),
    (x) => mergeFindings(x, a, [{ finding: 3, from: null }]),
  );

  expect(codeOf(() => mergeFindings(board, b, [{ finding: 3, from: null }]))).toBe('finding_moved');
  expect(codeOf(() => mergeFindings(board, a, [{ finding: 3, from: a }]))).toBe('finding_moved');
  expect(
    membersOf(
      done(board, (x) => mergeFindings(x, b, [{ finding: 3, from: a }])),
      b,
    ),
  ).toEqual([2, 3]);
});

test('a case that was merged into another has no findings and takes none', () => {
  const board = done(
    empty,
    (x) => open(x, a, [1], 'One'),
    (x) => open(x, b, [2], 'Two'),
    (x) => mergeCase(x, a, b),
  );

  expect([membersOf(board, a), membersOf(board, b)]).toEqual([[1, 2], []]);
  expect(codeOf(() => mergeFindings(board, b, [{ finding: 3, from: null }]))).toBe('case_empty');
  expect(codeOf(() => mergeCase(board, b, a))).toBe('case_empty');
  expect(codeOf(() => mergeCase(board, a, a))).toBe('case_merge_self');
});

test('links of a merged case go on with the case it was merged into, and come back with the undoing', () => {
  const before = done(
    empty,
    (x) => open(x, a, [1], 'One'),
    (x) => open(x, b, [2], 'Two'),
    (x) => open(x, c, [3], 'Three'),
    (x) => link(x, b, c, 'variant'),
    (x) => link(x, b, a, 'chain'),
  );

  const merged = done(before, (x) => mergeCase(x, a, b));

  expect([...merged.links]).toEqual([[`${a} ${c}`, 'variant']]);
  expect(standing(done(merged, (x) => undo(x, 6)))).toEqual(standing(before));
});

test('a split leaves something behind', () => {
  const board = done(empty, (x) => open(x, a, [1, 2, 3], 'One'));

  expect(
    membersOf(
      done(board, (x) => split(x, a, [2, 3], b, 'Two')),
      b,
    ),
  ).toEqual([2, 3]);
  expect(codeOf(() => split(board, a, [1, 2, 3], b, 'Two'))).toBe('case_split_all');
  expect(codeOf(() => split(board, a, [4], b, 'Two'))).toBe('finding_moved');
});

test('an act is undone past later ones that have nothing to do with it; the one in the way is named', () => {
  const board = done(
    empty,
    (x) => open(x, a, [1], 'One'),
    (x) => mergeFindings(x, a, [{ finding: 2, from: null }]),
    (x) => mergeFindings(x, a, [{ finding: 3, from: null }]),
    (x) => split(x, a, [2], b, 'Two'),
  );

  expect(
    membersOf(
      done(board, (x) => undo(x, 3)),
      a,
    ),
  ).toEqual([1]);
  expect(standsInTheWay(board.acts, board.acts[1]!)?.number).toBe(4);
  // The case that act 1 opened was used by every later act.
  expect(standsInTheWay(board.acts, board.acts[0]!)?.number).toBe(4);
});

test('an undoing can be undone: then the act holds again, and stands in the way again', () => {
  const merged = done(
    empty,
    (x) => open(x, a, [1], 'One'),
    (x) => mergeFindings(x, a, [{ finding: 2, from: null }]),
  );

  const again = done(
    merged,
    (x) => undo(x, 2),
    (x) => undo(x, 3),
  );

  expect(standing(again)).toEqual(standing(merged));
  expect(isInEffect(again.acts, again.acts[1]!)).toBe(true);
  expect(codeOf(() => undo(again, 1))).toBe('case_act_in_the_way');
});

test('merge, then undo, is as if nothing had been done: whatever stood before', () => {
  fc.assert(
    fc.property(anyBoard, anyAct, (board, act) => {
      const after = tried(board, act);
      fc.pre(after !== board);
      const number = after.acts.at(-1)!.number;
      expect(standing(done(after, (x) => undo(x, number)))).toEqual(standing(board));
    }),
    { numRuns: 500 },
  );
});

test('any number of acts back: undone newest first, nothing is left', () => {
  fc.assert(
    fc.property(anyBoard, (board) => {
      let current = board;
      for (const { number } of board.acts.toReversed()) current = done(current, (x) => undo(x, number));
      expect(standing(current)).toEqual(standing(empty));
    }),
    { numRuns: 300 },
  );
});

test('an act that may be undone out of order leaves what the others did', () => {
  fc.assert(
    fc.property(anyBoard, fc.nat(), (board, index) => {
      const undoable = board.acts.filter(
        (act) => isInEffect(board.acts, act) && standsInTheWay(board.acts, act) === undefined,
      );
      fc.pre(undoable.length > 0);
      const act = undoable[index % undoable.length]!;

      const left = done(board, (x) => undo(x, act.number));

      const touched = new Set(act.moves.map(({ finding }) => finding));
      for (const finding of findings) {
        const before = touched.has(finding)
          ? act.moves.find((move) => move.finding === finding)!.from
          : (board.caseOf.get(finding) ?? null);
        expect(left.caseOf.get(finding) ?? null).toBe(before);
      }
      // Every case that holds findings is there.
      for (const id of left.caseOf.values()) expect(left.titles.has(id)).toBe(true);
      for (const key of left.links.keys()) {
        for (const id of key.split(' ')) expect(left.titles.has(id as CaseId)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('after any acts no finding is in two cases, none in a case that does not exist, and none is lost', () => {
  fc.assert(
    fc.property(anyBoard, (board) => {
      const held = [...board.titles.keys()].flatMap((id) => membersOf(board, id));
      expect(new Set(held).size).toBe(held.length);
      expect(held.length).toBe(board.caseOf.size);
      for (const finding of board.caseOf.keys()) expect(findings).toContain(finding);
    }),
  );
});

test('the order of merges does not matter for who is in the case', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(findings.slice(1), { minLength: 7 }), (order) => {
      const board = done(
        empty,
        (x) => open(x, a, [1], 'One'),
        ...order.map((finding) => (x: Board) => mergeFindings(x, a, [{ finding, from: null }])),
      );
      expect(membersOf(board, a)).toEqual(findings);
    }),
  );
});

const received = fc.record({
  source: fc.option(fc.constantFrom('heron', 'plover', 'dunlin')),
  receivedAt: fc.constantFrom('2026-03-01T09:30:00.000Z', '2026-03-01T09:31:00.000Z', '2026-03-02T00:00:00.000Z'),
});
const anyReceived = fc
  .array(received, { minLength: 8, maxLength: 8 })
  .map((all) => all.map((one, index) => ({ ...one, finding: index + 1 })));

test('I13: each reporter once, by the time of their first report; those received at one moment share a place', () => {
  const given = [
    { finding: 4, source: 'plover', receivedAt: '2026-03-01T09:31:00.000Z' },
    { finding: 1, source: 'heron', receivedAt: '2026-03-01T09:30:00.000Z' },
    { finding: 2, source: 'dunlin', receivedAt: '2026-03-01T09:30:00.000Z' },
    { finding: 3, source: 'heron', receivedAt: '2026-03-01T09:32:00.000Z' },
    { finding: 5, source: null, receivedAt: '2026-03-01T09:33:00.000Z' },
    { finding: 6, source: null, receivedAt: '2026-03-01T09:34:00.000Z' },
  ];

  expect(credits(given).map(({ source, findings: own, place }) => [source, own, place])).toEqual([
    ['heron', [1, 3], 1],
    ['dunlin', [2], 1],
    ['plover', [4], 3],
    [null, [5], 4],
    [null, [6], 5],
  ]);
});

test('I13: credit depends on who is in the case alone, not on the acts that brought them there', () => {
  fc.assert(
    fc.property(anyReceived, anyBoard, (all, board) => {
      for (const id of board.titles.keys()) {
        const members = membersOf(board, id);
        const given = credits(all.filter(({ finding }) => members.includes(finding)));
        const owed = given.flatMap((credit) => credit.findings).sort((x, y) => x - y);
        expect(owed).toEqual(members);
        for (const credit of given) {
          expect(credit.findings.map((finding) => all[finding - 1]!.source)).toEqual(
            credit.findings.map(() => credit.source),
          );
        }
      }
    }),
  );
});

/** The board after an act, or the same one where a rule refuses it. */
function tried(board: Board, act: (board: Board) => Change): Board {
  try {
    return done(board, act);
  } catch (error) {
    if (error instanceof Refusal) return board;
    throw error;
  }
}
