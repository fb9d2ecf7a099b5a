import * as pep440 from '@renovatebot/pep440';
import fc from 'fast-check';
import semver from 'semver';
import { expect, test } from 'vitest';
import { type Order, orders } from './order.ts';

/*
 * Our keys beside others' comparisons: libraries where there are any, else the algorithm written out step by step as its
 * specification has it.
 */

function agrees(
  order: Order,
  version: fc.Arbitrary<string>,
  compare: (a: string, b: string) => number,
  isKnown = (_: string) => true,
): void {
  // Strangers, and versions that part only at their ends.
  const end = fc.constantFrom('', '', '0', '1', '.0', '.1', '.0.1');
  const pair = fc.oneof(
    fc.tuple(version, version),
    fc.tuple(version, end, end).map(([start, left, right]): [string, string] => [start + left, start + right]),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      fc.pre(isKnown(a) && isKnown(b));

      expect([a, b, Math.sign(order.compare(a, b))]).toEqual([a, b, Math.sign(compare(a, b)) + 0]);
    }),
    { numRuns: 2000 },
  );
}

/** Few numbers, so that versions meet. */
const small = fc.constantFrom(
  '0',
  '1',
  '2',
  '9',
  '10',
  '59',
  '60',
  '1563',
  '1564',
  '36907',
  '36908',
  '20190127',
  '999999999999',
);
const dotted = (min: number, max: number) =>
  fc.array(small, { minLength: min, maxLength: max }).map((list) => list.join('.'));
const pieces = (list: string[], max: number) =>
  fc.array(fc.constantFrom(...list), { maxLength: max }).map((found) => found.join(''));

test('SemVer: as node-semver', () => {
  const identifier = fc.oneof(small, fc.constantFrom('alpha', 'beta', 'rc', 'a-1', '-', 'A', '1a'));
  const label = fc.array(identifier, { minLength: 1, maxLength: 3 }).map((list) => list.join('.'));
  const version = fc
    .tuple(dotted(3, 3), fc.option(label, { nil: undefined }), fc.option(label, { nil: undefined }))
    .map(
      ([core, pre, build]) => core + (pre === undefined ? '' : `-${pre}`) + (build === undefined ? '' : `+${build}`),
    );

  agrees(orders.semver, version, (a, b) => semver.compare(a, b), orders.semver.isValid);
});

test('SemVer: valid is what node-semver finds valid', () => {
  const text = pieces(['1', '0', '01', '.', '.', '-', '+', 'a', 'rc', 'v'], 10);
  fc.assert(
    fc.property(text, (version) => {
      fc.pre(!version.startsWith('vv') && !/\d{16}/.test(version));

      expect([version, orders.semver.isValid(version)]).toEqual([version, semver.valid(version) !== null]);
    }),
    { numRuns: 2000 },
  );
});

test('PyPI: as pep440 for every version that is valid to it', () => {
  const suffix = fc.constantFrom(...['', '', 'a1', 'b2', '.rc1', '-c0', 'alpha', 'preview3', '_PRE1']);
  const post = fc.constantFrom(...['', '', '.post1', '-1', 'rev2', '.r0', '-post']);
  const dev = fc.constantFrom(...['', '', '.dev0', 'dev1', '-dev', '_dev10']);
  const local = fc.constantFrom(...['', '', '+abc', '+1', '+1.a', '+a.1', '+ubuntu-1_2', '+ABC']);
  const version = fc
    .tuple(fc.constantFrom('', '', 'v', '0!', '1!', ' '), dotted(1, 4), suffix, post, dev, local)
    .map((parts) => parts.join(''));

  agrees(orders.pypi, version, (a, b) => pep440.compare(a.trim(), b.trim()), orders.pypi.isValid);
  fc.assert(
    fc.property(version, pieces(['.', '1', 'x', '+', '!', 'a'], 3), (start, end) => {
      const text = `${start}${end}`.trim();

      expect([text, orders.pypi.isValid(text)]).toEqual([text, pep440.valid(text) !== null]);
    }),
    { numRuns: 2000 },
  );
});

/** Debian Policy section 5.6.12, step by step. */
function debianPart(a: string, b: string): number {
  const weight = (char: string | undefined) =>
    char === '~' ? -1 : char === undefined ? 0 : /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
  let [left, right] = [a, b];
  while (left !== '' || right !== '') {
    const [leftWord, rightWord] = [/^\D*/.exec(left)![0], /^\D*/.exec(right)![0]];
    for (let index = 0; index < Math.max(leftWord.length, rightWord.length); index++) {
      const difference = weight(leftWord[index]) - weight(rightWord[index]);
      if (difference !== 0) return difference;
    }
    [left, right] = [left.slice(leftWord.length), right.slice(rightWord.length)];
    const [leftNumber, rightNumber] = [/^\d*/.exec(left)![0], /^\d*/.exec(right)![0]];
    const [leftValue, rightValue] = [BigInt(leftNumber || 0), BigInt(rightNumber || 0)];
    if (leftValue !== rightValue) return leftValue < rightValue ? -1 : 1;
    [left, right] = [left.slice(leftNumber.length), right.slice(rightNumber.length)];
  }
  return 0;
}

test('Debian: epoch, upstream version, revision, each as Debian Policy compares it', () => {
  const split = (version: string) => {
    const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/.exec(version)!;
    const hyphen = rest.lastIndexOf('-');
    return hyphen < 0 ? [epoch, rest, ''] : [epoch, rest.slice(0, hyphen), rest.slice(hyphen + 1)];
  };
  const body = pieces(['0', '1', '10', '.', '.', '-', '+', '~', 'a', 'Z', 'deb', '1.2', '~rc'], 8);
  const version = fc.tuple(fc.constantFrom('', '', '0:', '1:', '10:'), body).map((parts) => parts.join(''));

  agrees(orders.debian, version, (a, b) => {
    const [left, right] = [split(a), split(b)];
    return left.map((part, index) => debianPart(part, right[index]!)).find((compared) => compared !== 0) ?? 0;
  });
  agrees(orders.opam, body, debianPart);
});

/** rpm-version(7), "rpmvercmp", step by step. */
function rpmPart(a: string, b: string): number {
  let [left, right] = [a, b];
  for (;;) {
    [left, right] = [left.replace(/^[^A-Za-z0-9~^]+/, ''), right.replace(/^[^A-Za-z0-9~^]+/, '')];
    if (left.startsWith('~') || right.startsWith('~')) {
      if (!left.startsWith('~')) return 1;
      if (!right.startsWith('~')) return -1;
      [left, right] = [left.slice(1), right.slice(1)];
      continue;
    }
    if (left.startsWith('^') || right.startsWith('^')) {
      if (left === '') return -1;
      if (right === '') return 1;
      if (!left.startsWith('^')) return 1;
      if (!right.startsWith('^')) return -1;
      [left, right] = [left.slice(1), right.slice(1)];
      continue;
    }
    if (left === '' || right === '') return left === right ? 0 : left === '' ? -1 : 1;
    const isNumber = /^\d/.test(left);
    const pattern = isNumber ? /^\d+/ : /^[A-Za-z]+/;
    const leftPart = pattern.exec(left)![0];
    const rightPart = pattern.exec(right)?.[0];
    if (rightPart === undefined) return isNumber ? 1 : -1;
    if (isNumber && BigInt(leftPart) !== BigInt(rightPart)) return BigInt(leftPart) < BigInt(rightPart) ? -1 : 1;
    if (!isNumber && leftPart !== rightPart) return leftPart < rightPart ? -1 : 1;
    [left, right] = [left.slice(leftPart.length), right.slice(rightPart.length)];
  }
}

test('RPM: version and release as rpmvercmp', () => {
  const body = pieces(['0', '1', '10', '01', '.', '_', '+', '~', '^', 'a', 'el', 'Z', '1.2'], 8);

  agrees(orders.rpm, body, rpmPart);
  agrees(
    orders.rpm,
    fc.tuple(fc.nat({ max: 2 }), body, body).map(([epoch, version, release]) => `${epoch}:${version}-${release}`),
    (a, b) => {
      const [left, right] = [a, b].map((text) => text.split(/[:-]/)) as [string[], string[]];
      return left.map((part, index) => rpmPart(part, right[index]!)).find((compared) => compared !== 0) ?? 0;
    },
  );
});

/** `Gem::Version#<=>` and `#canonical_segments`, step by step. */
function gemSegments(version: string): (bigint | string)[] {
  const segments = (version.replaceAll('-', '.pre.').match(/[0-9]+|[a-z]+/gi) ?? []).map((part) =>
    /^\d/.test(part) ? BigInt(part) : part,
  );
  const start = segments.findIndex((segment) => typeof segment === 'string');
  const halves = start < 0 ? [segments, []] : [segments.slice(0, start), segments.slice(start)];
  for (const half of halves) while (half.at(-1) === 0n) half.pop();
  return halves.flat();
}

test('RubyGems: as Gem::Version', () => {
  const version = pieces(['0', '1', '10', '.', '.', '-', 'a', 'rc', 'Z', '.0', '.0.0', '1.2'], 8);

  agrees(orders.rubygems, version, (a, b) => {
    const [left, right] = [gemSegments(a), gemSegments(b)];
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
      const [one, other] = [left[index] ?? 0n, right[index] ?? 0n];
      if (one === other) continue;
      if (typeof one === 'string' && typeof other !== 'string') return -1;
      if (typeof one !== 'string' && typeof other === 'string') return 1;
      return one < other ? -1 : 1;
    }
    return 0;
  });
});

/** PHP `version_compare`, step by step, for canonical words. */
function phpParts(version: string): string[] {
  return version
    .replace(/[-_+]/g, '.')
    .replace(/([^\d.])(?=\d)/g, '$1.')
    .replace(/(\d)(?=[^\d.])/g, '$1.')
    .split('.')
    .filter((part) => part !== '');
}

function phpForm(part: string): number {
  const forms = ['dev', 'a', 'b', 'rc', '#', 'p'];
  return /^RC/.test(part) ? 3 : forms.findIndex((form) => part.startsWith(form));
}

function phpCompare(left: string[], right: string[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one, other] = [left[index], right[index]];
    if (one === undefined) return /^\d/.test(other!) ? -1 : phpForm('#') - phpForm(other!);
    if (other === undefined) return /^\d/.test(one) ? 1 : phpForm(one) - phpForm('#');
    const [isOne, isOther] = [/^\d/.test(one), /^\d/.test(other)];
    const compared =
      isOne && isOther
        ? Number(BigInt(one) - BigInt(other) > 0n) - Number(BigInt(one) - BigInt(other) < 0n)
        : phpForm(isOne ? '#' : one) - phpForm(isOther ? '#' : other);
    if (compared !== 0) return compared;
  }
  return 0;
}

test('Packagist: as version_compare of PHP', () => {
  const version = pieces(
    ['0', '1', '10', '.', '-', '_', '+', 'dev', 'alpha', 'a', 'beta', 'RC', 'rc', 'pl', 'p', 'x', '1.2'],
    8,
  );

  agrees(orders.packagist, version, (a, b) => phpCompare(phpParts(a), phpParts(b)));
});
