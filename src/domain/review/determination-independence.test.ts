/** What the files of src say about each other: no evidence reaches a determination (I4), and no determination reaches an act (I1). */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'testdata') yield* walk(path);
    } else if (/\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path)) yield path;
  }
}

const fromRoot = (path: string) => relative(root, path).split(sep).join('/');
const texts = new Map([...walk(join(root, 'src'))].map((path) => [fromRoot(path), readFileSync(path, 'utf8')]));

/** Files of src that one imports; a type alone carries nothing at run time. */
const importsOf = (path: string): string[] =>
  [
    ...(texts.get(path) ?? '').matchAll(
      /^(?:import|export)\s+(?!type\b)[^;]*?from\s*'(\.[^']+)'|import\('(\.[^']+)'\)/gm,
    ),
  ].map(([, name, lazy]) => fromRoot(resolve(root, dirname(path), name ?? lazy ?? '')));

/** Everything that a file reaches through imports, itself among it. */
function reached(start: string): Set<string> {
  const found = new Set<string>();
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    open.push(...importsOf(path));
  }
  return found;
}

const isDetermination = (path: string) => /\/(?:review|contract)\/[Dd]eterminations?(?:-[\w-]+)?\.tsx?$/.test(path);
const isEvidence = (path: string) => /^src\/\w+\/evidence\//.test(path);
const server = [...texts.keys()].filter((path) => !path.startsWith('src/web/'));

test('the files are there to be looked at', () => {
  expect(server.filter(isDetermination)).toEqual(
    expect.arrayContaining([
      'src/domain/review/determination.ts',
      'src/app/review/determinations.ts',
      'src/store/review/determinations.ts',
      'src/api/review/determinations.ts',
    ]),
  );
  expect(server.filter(isEvidence).length).toBeGreaterThan(5);
});

test('I4: no import path leads from a determination to any evidence or statistic', () => {
  const paths = server.filter(isDetermination).flatMap((path) => [...reached(path)].filter(isEvidence));

  expect(paths).toEqual([]);
});

test('I4: no evidence or statistic reaches a determination', () => {
  const paths = server.filter(isEvidence).flatMap((path) => {
    const found = [...reached(path)].filter(isDetermination);
    return found.map((one) => `${path} reaches ${one}`);
  });

  expect(paths).toEqual([]);
});

test('I1: nothing but its own routes and its own rule for words reads a determination', () => {
  const readers = server
    .filter((path) => !isDetermination(path))
    .flatMap((path) =>
      importsOf(path)
        .filter(isDetermination)
        .map((one) => `${path} imports ${one}`),
    );

  const allowed = [
    // The list of routes.
    'src/api/server.ts imports src/api/review/determinations.ts',
    // What waits in a file is told to those who may know; nothing that does something reads it (below).
    'src/app/review/pending.ts imports src/domain/review/determination.ts',
    'src/app/review/pending.ts imports src/store/review/determinations.ts',
    // The sample workspace acts through the same door as people.
    'src/app/sample-early-access.ts imports src/app/review/determinations.ts',
  ];
  expect(readers.filter((one) => !allowed.includes(one))).toEqual([]);
});

test('I1: what waits is shown by its own routes, and no act reads it', () => {
  const isPending = (path: string) => /^src\/(?:app|api)\/review\/(?:pending|waiting-list)\.ts$/.test(path);
  const readers = server.filter((path) => !isPending(path) && importsOf(path).some(isPending));

  expect(readers).toEqual(['src/api/server.ts']);
});

test('I1: no SQL but its own names the table of determinations', () => {
  const named = server.filter(
    (path) =>
      !isDetermination(path) &&
      /['"`\s.]determination(?:s|_references)['"`\s.]/.test(
        (texts.get(path) ?? '').replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ''),
      ) &&
      /selectFrom|sql`|innerJoin|leftJoin/.test(texts.get(path) ?? ''),
  );

  // Made in one, taken away with the sample workspace in the other, told of refused tries in the third.
  const allowed = ['src/store/migrations/0044-decisions.ts', 'src/store/samples.ts', 'src/store/log/owners.ts'];
  expect(named.filter((path) => !allowed.includes(path))).toEqual([]);
});

test('I1: the window, its release and access import nothing of determinations or partners', () => {
  const acts = server.filter((path) =>
    /\/review\/(?:window|grant|incident|probe|ledger|submission)[\w-]*\.ts$/.test(path),
  );

  expect(acts.length).toBeGreaterThan(3);
  for (const path of acts) {
    const wrong = [...reached(path)].filter((one) => isDetermination(one) || /\/review\/partners?\.ts$/.test(one));
    expect(wrong, path).toEqual([]);
  }
});
