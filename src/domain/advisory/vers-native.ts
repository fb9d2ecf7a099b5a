import { type Constraint, sorted, type Vers, VersError } from './vers.ts';

/**
 * The range that an ecosystem writes in its own way, as constraints (vers-spec, conversion suites). As there, the parts
 * of a range are put side by side and sorted, not reduced. Throws `VersError` for what it cannot read or express.
 */
export function fromNative(type: string, range: string): Vers {
  if (range.length > lengthMax) throw new VersError(`A range may be at most ${lengthMax} characters long.`);
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (reader === undefined)
    throw new VersError(`Ranges of type "${type}" have no notation of their own that is known here.`);
  const constraints = reader(range.replace(/\s+/g, ' ').trim());
  if (constraints.length === 0) throw new VersError('The range names no version.');
  return sorted(type, constraints);
}

const lengthMax = 65_536;

const readers: Record<string, (range: string) => Constraint[]> = {
  npm: (range) => range.split('||').flatMap((part) => npmPart(part.trim())),
  conan: (range) => range.split('||').flatMap((part) => conanPart(part.trim())),
  gem: (range) => range.split(',').flatMap((part) => gemPart(part.trim())),
  pypi: (range) => range.split(',').flatMap((part) => pypiPart(part.trim())),
  nuget: intervals,
  maven: intervals,
  nginx: (range) => range.split(',').flatMap((part) => nginxPart(part.trim())),
  openssl: (range) => range.split(',').map((part) => constraint('=', part.trim())),
};

function constraint(comparator: Constraint['comparator'], version: string): Constraint {
  if (comparator !== '*' && !/^[^\s|<>=,]+$/.test(version)) throw new VersError(`"${version}" is no version.`);
  return { comparator, version };
}

interface Clause {
  sign: string;
  version: string;
}

/** Signs and versions in turn, white space between them or not. */
function clauses(part: string, sign: RegExp): Clause[] {
  const found: Clause[] = [];
  const words = part.split(' ').filter((word) => word !== '');
  let held = '';
  for (const word of words) {
    const [written] = sign.exec(word) ?? [''];
    if (held !== '' && written !== '') throw new VersError(`"${held}" is followed by no version.`);
    const version = word.slice(written.length);
    const effective = written || held;
    if (version === '') held = effective;
    else {
      found.push({ sign: effective, version });
      held = '';
    }
  }
  if (held !== '') throw new VersError(`"${held}" is followed by no version.`);
  return found;
}

/** node-semver ranges: numbers left out are zero, but `x`, `^`, `~` and hyphens span. */
function npmPart(part: string): Constraint[] {
  if (part === '' || part === '*') return [constraint('*', '')];
  const hyphen = part.split(' - ');
  if (hyphen.length === 2) {
    return [constraint('>=', npmVersion(hyphen[0]!).text), constraint('<=', npmVersion(hyphen[1]!).text)];
  }
  return clauses(part, /^(>=|<=|<|>|=|\^|~>?)/).flatMap(npmClause);
}

function npmClause({ sign, version }: Clause): Constraint[] {
  const { numbers, given, text } = npmVersion(version);
  const [major, minor, patch] = numbers;
  const after = (kept: number) => constraint('<', raised(numbers, kept));
  if (sign === '^') {
    const kept = major !== 0 || given < 2 ? 1 : minor !== 0 || given < 3 ? 2 : 3;
    return [constraint('>=', text), after(kept)];
  }
  if (sign.startsWith('~')) return [constraint('>=', text), after(given < 2 ? 1 : 2)];
  const isSpan = given < 3 && /[xX*]/.test(version);
  if (isSpan && given === 0) return [constraint('*', '')];
  if (isSpan && (sign === '' || sign === '=' || sign === '>=')) {
    return [constraint('>=', `${major}.${minor}.${patch}`), after(given)];
  }
  if (isSpan && sign === '<=') return [after(given)];
  if (isSpan && sign === '>') return [constraint('>=', raised(numbers, given))];
  return [constraint((sign || '=') as Constraint['comparator'], text)];
}

interface NpmVersion {
  numbers: [number, number, number];
  /** How many numbers were written out. */
  given: number;
  text: string;
}

function npmVersion(version: string): NpmVersion {
  const match = /^v?(\d{1,15}|[xX*])(?:\.(\d{1,15}|[xX*]))?(?:\.(\d{1,15}|[xX*]))?([-+][0-9A-Za-z.+-]*)?$/.exec(
    version.trim(),
  );
  if (match === null) throw new VersError(`"${version}" is no npm version.`);
  const numbers: [number, number, number] = [0, 0, 0];
  let given = 0;
  for (let index = 0; index < 3; index++) {
    const written = match[index + 1];
    if (written === undefined || !/^\d/.test(written)) break;
    numbers[index] = Number(written);
    given++;
  }
  return { numbers, given, text: numbers.join('.') + (match[4] ?? '') };
}

/** The first version after all that share the first `kept` numbers. */
function raised(numbers: readonly number[], kept: number): string {
  return numbers.map((value, index) => (index < kept - 1 ? value : index === kept - 1 ? value + 1 : 0)).join('.');
}

/** Conan 2 ranges. A hyphen at the end of a bound (`<2-`) shuts pre-releases out, at the end of a version it says nothing. */
function conanPart(part: string): Constraint[] {
  const expression = part.replace(/ ?, ?include_prerelease=?(True|False)?$/, '');
  if (expression === '' || expression === '*' || expression === '*-') return [constraint('>=', '0.0.0')];
  return clauses(expression, /^(>=|<=|<|>|=|\^|~)/).flatMap(({ sign, version: written }) => {
    const version = written.endsWith('-') ? written.slice(0, -1) : written;
    if (sign !== '^' && sign !== '~') return [constraint((sign || '=') as Constraint['comparator'], version)];
    const numbers = leading(version);
    const firstOther = numbers.findIndex((value) => value !== 0);
    const kept = sign === '~' ? Math.min(2, numbers.length) : (firstOther < 0 ? numbers.length - 1 : firstOther) + 1;
    return [constraint('>=', version), constraint('<', `${raised(numbers.slice(0, kept), kept)}-`)];
  });
}

/** The numbers that a version starts with. */
function leading(version: string): number[] {
  const match = /^\d{1,15}(\.\d{1,15})*/.exec(version);
  if (match === null) throw new VersError(`"${version}" does not start with a number.`);
  return match[0].split('.').map(Number);
}

/** RubyGems requirements: `~> 2.0.8` lets the last number grow. */
function gemPart(part: string): Constraint[] {
  return clauses(part, /^(>=|<=|!=|<|>|=|~>)/).flatMap(({ sign, version }) => {
    if (sign !== '~>') return [constraint((sign || '=') as Constraint['comparator'], version)];
    const numbers = leading(version);
    const kept = Math.max(1, numbers.length - 1);
    return [constraint('>=', version), constraint('<', raised(numbers.slice(0, kept), kept))];
  });
}

/** PEP 440 version specifiers. */
function pypiPart(part: string): Constraint[] {
  return clauses(part, /^(===|==|~=|!=|>=|<=|<|>)/).flatMap(({ sign, version }) => {
    if (sign === '~=') {
      const numbers = leading(version);
      if (numbers.length < 2) throw new VersError(`"~=${version}" needs two numbers at least.`);
      return [constraint('>=', version), constraint('<', raised(numbers.slice(0, -1), numbers.length - 1))];
    }
    if (version.endsWith('.*')) {
      if (sign !== '==') throw new VersError(`"${sign}${version}" cannot be written as one range.`);
      const prefix = version.slice(0, -2);
      const numbers = leading(prefix);
      return [constraint('>=', prefix), constraint('<', raised(numbers, numbers.length))];
    }
    const isEqual = sign === '' || sign === '==' || sign === '===';
    return [constraint(isEqual ? '=' : (sign as Constraint['comparator']), version)];
  });
}

/** Maven and NuGet intervals: `[1.0,2.0)`, `(,1.0]`, `[1.0]`; a bare version is a lower bound. */
function intervals(range: string): Constraint[] {
  if (range === '') return [];
  if (!/^[[(]/.test(range)) return [constraint('>=', range)];
  const found: Constraint[] = [];
  const interval = /\s*([[(])([^[\]()]*)([\])])\s*(,?)/y;
  let end = 0;
  for (let match = interval.exec(range); match !== null; match = interval.exec(range)) {
    end = interval.lastIndex;
    const [, open, inside = '', close] = match;
    const bounds = inside.split(',').map((bound) => bound.trim());
    const [low = '', high = ''] = bounds;
    if (bounds.length > 2) throw new VersError(`"${match[0]}" has more than two bounds.`);
    if (bounds.length === 1) {
      if (open !== '[' || close !== ']') throw new VersError(`"${match[0]}" holds no version.`);
      found.push(constraint('=', low));
      continue;
    }
    if (low !== '') found.push(constraint(open === '[' ? '>=' : '>', low));
    if (high !== '') found.push(constraint(close === ']' ? '<=' : '<', high));
    if (low === '' && high === '') found.push(constraint('*', ''));
  }
  if (end !== range.length) throw new VersError(`"${range}" is no list of intervals.`);
  return found;
}

/** nginx advisories: `0.7.52-0.8.39`, `0.9.10`. */
function nginxPart(part: string): Constraint[] {
  const bounds = part.split('-');
  if (bounds.length > 2) throw new VersError(`"${part}" is no range of nginx versions.`);
  return bounds.length === 1
    ? [constraint('=', bounds[0]!)]
    : [constraint('>=', bounds[0]!), constraint('<=', bounds[1]!)];
}
