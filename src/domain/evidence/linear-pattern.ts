/**
 * Regular expressions that cannot be made slow: matched by following all alternatives at once (Thompson 1968, Pike's
 * bookkeeping of groups), so the time is at most the product of the pattern's and the text's length. The syntax is the part
 * of ECMAScript's that this allows: no look-around, no back-references, no named groups. Among matches, the leftmost is
 * taken, and of these the one that a backtracking engine would find first.
 */

/** A pattern made ready. */
export interface Pattern {
  readonly program: readonly Step[];
  /** How many capturing groups it has. */
  readonly groups: number;
  readonly ignoresCase: boolean;
}

type Step =
  | { do: 'take'; holds: (code: number) => boolean }
  | { do: 'split'; first: number; second: number }
  | { do: 'jump'; to: number }
  | { do: 'save'; slot: number }
  | { do: 'assert'; at: 'start' | 'end' | 'boundary' | 'inside' }
  | { do: 'match' };

type Node =
  | { is: 'set'; holds: (code: number) => boolean }
  | { is: 'assert'; at: 'start' | 'end' | 'boundary' | 'inside' }
  | { is: 'group'; inner: Node; index: number | undefined }
  | { is: 'list'; parts: Node[] }
  | { is: 'either'; parts: Node[] }
  | { is: 'repeat'; inner: Node; min: number; max: number; isLazy: boolean };

export const patternLengthMax = 1_000;
/** Longer texts are cut before they are matched. */
export const textLengthMax = 50_000;
const stepsMax = 300;
const depthMax = 50;
const groupsMax = 20;

/** Why a pattern is not taken, in a plain sentence. */
class Fault extends Error {}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
const isWord = (code: number) =>
  isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
const isSpace = (code: number) => /\s/.test(String.fromCharCode(code));
const isLineEnd = (code: number) => code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029;

/** Simple case folding, one code unit to one: what ECMAScript does without the `u` flag. */
function fold(code: number): number {
  const upper = String.fromCharCode(code).toUpperCase();
  const folded = upper.length === 1 ? upper.charCodeAt(0) : code;
  return code >= 128 && folded < 128 ? code : folded;
}

/** Makes a pattern ready, or says why it is not taken. */
export function compile(source: string, { ignoresCase = false } = {}): { pattern: Pattern } | { problem: string } {
  if (source.length > patternLengthMax) {
    return { problem: `The pattern is longer than ${patternLengthMax} characters.` };
  }
  try {
    const { node, groups } = new Parser(source, ignoresCase).parse();
    const program: Step[] = [];
    emit({ is: 'group', inner: node, index: 0 }, program);
    program.push({ do: 'match' });
    return { pattern: { program, groups, ignoresCase } };
  } catch (error) {
    if (error instanceof Fault) return { problem: error.message };
    throw error;
  }
}

/** Alternatives that are followed at one place, the preferred one first, each with the groups that it has saved. */
interface Threads {
  count: number;
  readonly steps: Int32Array;
  readonly saved: Int32Array[];
}

const threadsFor = (steps: number): Threads => ({ count: 0, steps: new Int32Array(steps), saved: [] });

/** The groups of the first match, the whole match at 0; undefined when there is none. Of a long text only the beginning is read. */
export function search(pattern: Pattern, text: string): (string | undefined)[] | undefined {
  const { program, groups } = pattern;
  const end = Math.min(text.length, textLengthMax);
  const seen = new Int32Array(program.length).fill(-1);
  const nothing = new Int32Array(2 * (groups + 1)).fill(-1);
  // A step is entered once for one place and puts two others on the stack at most.
  const stack = threadsFor(2 * program.length + 2);
  let current = threadsFor(program.length);
  let next = threadsFor(program.length);
  let found: Int32Array | undefined;

  const isWordAt = (at: number) => at >= 0 && at < end && isWord(text.charCodeAt(at));
  const holds = (at: number, what: 'start' | 'end' | 'boundary' | 'inside') => {
    if (what === 'start') return at === 0;
    if (what === 'end') return at === end;
    return (isWordAt(at - 1) !== isWordAt(at)) === (what === 'boundary');
  };
  const put = (threads: Threads, step: number, saved: Int32Array) => {
    threads.steps[threads.count] = step;
    threads.saved[threads.count++] = saved;
  };
  /** Follows the steps that read nothing, in the order of preference. */
  const follow = (threads: Threads, from: number, at: number, given: Int32Array) => {
    put(stack, from, given);
    while (stack.count > 0) {
      const index = stack.steps[--stack.count] as number;
      const saved = stack.saved[stack.count] as Int32Array;
      if (seen[index] === at) continue;
      seen[index] = at;
      const step = program[index] as Step;
      switch (step.do) {
        case 'jump':
          put(stack, step.to, saved);
          break;
        case 'split':
          put(stack, step.second, saved);
          put(stack, step.first, saved);
          break;
        case 'save': {
          const changed = saved.slice();
          changed[step.slot] = at;
          put(stack, index + 1, changed);
          break;
        }
        case 'assert':
          if (holds(at, step.at)) put(stack, index + 1, saved);
          break;
        case 'take':
        case 'match':
          put(threads, index, saved);
      }
    }
  };

  for (let at = 0; at <= end; at++) {
    // What was entered by the place before keeps its rank before a fresh start here.
    if (found === undefined) follow(current, 0, at, nothing);
    else if (current.count === 0) break;
    const code = at < end ? text.charCodeAt(at) : -1;
    const read = pattern.ignoresCase && code >= 0 ? fold(code) : code;
    next.count = 0;
    for (let rank = 0; rank < current.count; rank++) {
      const index = current.steps[rank] as number;
      const step = program[index] as Step;
      if (step.do === 'match') {
        found = current.saved[rank];
        break;
      }
      if (code >= 0 && step.do === 'take' && step.holds(read)) {
        follow(next, index + 1, at + 1, current.saved[rank] as Int32Array);
      }
    }
    [current, next] = [next, current];
  }
  if (found === undefined) return undefined;
  const saved = found;
  return Array.from({ length: groups + 1 }, (_, group) => {
    const [from, to] = [saved[2 * group] ?? -1, saved[2 * group + 1] ?? -1];
    return from < 0 || to < 0 ? undefined : text.slice(from, to);
  });
}

function emit(node: Node, program: Step[]): void {
  if (program.length > stepsMax) throw new Fault('The pattern repeats too much. Use smaller counts.');
  switch (node.is) {
    case 'set':
      program.push({ do: 'take', holds: node.holds });
      return;
    case 'assert':
      program.push({ do: 'assert', at: node.at });
      return;
    case 'group':
      if (node.index !== undefined) program.push({ do: 'save', slot: 2 * node.index });
      emit(node.inner, program);
      if (node.index !== undefined) program.push({ do: 'save', slot: 2 * node.index + 1 });
      return;
    case 'list':
      for (const part of node.parts) emit(part, program);
      return;
    case 'either': {
      const ends: { do: 'jump'; to: number }[] = [];
      for (const part of node.parts.slice(0, -1)) {
        const split = { do: 'split' as const, first: program.length + 1, second: 0 };
        program.push(split);
        emit(part, program);
        const leave = { do: 'jump' as const, to: 0 };
        ends.push(leave);
        program.push(leave);
        split.second = program.length;
      }
      emit(node.parts.at(-1) as Node, program);
      for (const leave of ends) leave.to = program.length;
      return;
    }
    case 'repeat':
      emitRepeat(node, program);
  }
}

function emitRepeat({ inner, min, max, isLazy }: Node & { is: 'repeat' }, program: Step[]): void {
  const splitTo = (first: number, second: number) =>
    ({ do: 'split', ...(isLazy ? { first: second, second: first } : { first, second }) }) as Step & { do: 'split' };
  const leaveAt = (split: Step & { do: 'split' }, to: number) => {
    if (isLazy) split.first = to;
    else split.second = to;
  };
  for (let count = 0; count < min; count++) emit(inner, program);
  if (max === Number.POSITIVE_INFINITY) {
    const split = splitTo(program.length + 1, 0);
    const start = program.length;
    program.push(split);
    emit(inner, program);
    program.push({ do: 'jump', to: start });
    leaveAt(split, program.length);
    return;
  }
  const splits: (Step & { do: 'split' })[] = [];
  for (let count = min; count < max; count++) {
    const split = splitTo(program.length + 1, 0);
    splits.push(split);
    program.push(split);
    emit(inner, program);
  }
  for (const split of splits) leaveAt(split, program.length);
}

class Parser {
  private readonly source: string;
  private readonly ignoresCase: boolean;
  private at = 0;
  private depth = 0;
  private groups = 0;

  constructor(source: string, ignoresCase: boolean) {
    this.source = source;
    this.ignoresCase = ignoresCase;
  }

  parse(): { node: Node; groups: number } {
    const node = this.either();
    if (this.at < this.source.length) throw new Fault('The pattern closes a group that is not open.');
    return { node, groups: this.groups };
  }

  private peek(): string {
    return this.source[this.at] ?? '';
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private either(): Node {
    if (++this.depth > depthMax) throw new Fault(`The pattern nests groups deeper than ${depthMax}.`);
    const parts: Node[] = [this.list()];
    while (this.take('|')) parts.push(this.list());
    this.depth--;
    return parts.length === 1 ? (parts[0] as Node) : { is: 'either', parts };
  }

  private list(): Node {
    const parts: Node[] = [];
    while (this.at < this.source.length && this.peek() !== '|' && this.peek() !== ')') parts.push(this.repeated());
    return { is: 'list', parts };
  }

  private repeated(): Node {
    const inner = this.atom();
    let [min, max] = [1, 1];
    const counts = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(this.source.slice(this.at, this.at + 12));
    if (this.take('*')) [min, max] = [0, Number.POSITIVE_INFINITY];
    else if (this.take('+')) [min, max] = [1, Number.POSITIVE_INFINITY];
    else if (this.take('?')) [min, max] = [0, 1];
    else if (counts !== null) {
      this.at += counts[0].length;
      min = Number(counts[1]);
      max = counts[2] === undefined ? min : counts[3] === '' ? Number.POSITIVE_INFINITY : Number(counts[3]);
      if (max < min) throw new Fault('The pattern repeats from more to less.');
    } else return inner;
    if (inner.is === 'assert') throw new Fault('The pattern repeats an anchor.');
    // What a repeated part left in its groups, and whether it may match nothing, is where engines differ.
    if (canBeEmpty(inner))
      throw new Fault('The pattern repeats a part that may be empty. Let the part match something.');
    if (max > 1 && hasGroup(inner)) {
      throw new Fault(
        'The pattern repeats a capturing group. Write (?:...) inside, or put the repetition in the group.',
      );
    }
    const isLazy = this.take('?');
    if (/^[*+?]/.test(this.peek())) throw new Fault('The pattern repeats a repetition.');
    return { is: 'repeat', inner, min, max, isLazy };
  }

  private atom(): Node {
    const character = this.peek();
    if (this.take('(')) return this.group();
    if (this.take('[')) return { is: 'set', holds: this.set() };
    if (this.take('^')) return { is: 'assert', at: 'start' };
    if (this.take('$')) return { is: 'assert', at: 'end' };
    if (this.take('.')) return { is: 'set', holds: (code) => !isLineEnd(code) };
    if (this.take('\\b')) return { is: 'assert', at: 'boundary' };
    if (this.take('\\B')) return { is: 'assert', at: 'inside' };
    if (this.take('\\')) return { is: 'set', holds: this.escape().holds };
    if (/[*+?{}\]]/.test(character)) throw new Fault(`The pattern has a bare "${character}". Write \\${character}.`);
    this.at++;
    return { is: 'set', holds: this.literal(character.charCodeAt(0)) };
  }

  private group(): Node {
    let index: number | undefined;
    if (this.peek() === '?') {
      if (!this.take('?:')) throw new Fault('The pattern has a group other than ( and (?: , such as look-around.');
    } else {
      index = ++this.groups;
      if (index > groupsMax) throw new Fault(`The pattern has more than ${groupsMax} groups.`);
    }
    const inner = this.either();
    if (!this.take(')')) throw new Fault('The pattern opens a group and does not close it.');
    return { is: 'group', inner, index };
  }

  private literal(code: number): (code: number) => boolean {
    if (!this.ignoresCase) return (one) => one === code;
    const folded = fold(code);
    return (one) => one === folded;
  }

  /** After a backslash: a class, or one code unit. */
  private escape(): { holds: (code: number) => boolean; code?: number } {
    const letter = this.peek();
    this.at++;
    const cased = (holds: (code: number) => boolean) => this.cased(holds);
    switch (letter) {
      case 'd':
        return { holds: isDigit };
      case 'D':
        return { holds: (code) => !isDigit(code) };
      case 'w':
        return { holds: cased(isWord) };
      case 'W':
        return { holds: cased((code) => !isWord(code)) };
      case 's':
        return { holds: isSpace };
      case 'S':
        return { holds: (code) => !isSpace(code) };
    }
    const controls: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, v: 11 };
    let code = Object.hasOwn(controls, letter) ? controls[letter] : undefined;
    const hex = /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))/.exec(this.source.slice(this.at - 1, this.at + 4));
    if (hex !== null) {
      code = Number.parseInt((hex[1] ?? hex[2]) as string, 16);
      this.at += hex[0].length - 1;
    } else if (code === undefined && /^[^A-Za-z0-9\s]$/.test(letter)) code = letter.charCodeAt(0);
    if (code === undefined) throw new Fault(`The pattern has \\${letter}, which is not taken here.`);
    return { holds: this.literal(code), code };
  }

  /** A class holds a folded code when it holds any of the letters that fold to it. */
  private cased(holds: (code: number) => boolean): (code: number) => boolean {
    if (!this.ignoresCase) return holds;
    return (code) => {
      const lower = String.fromCharCode(code).toLowerCase();
      return holds(code) || (lower.length === 1 && fold(lower.charCodeAt(0)) === code && holds(lower.charCodeAt(0)));
    };
  }

  private set(): (code: number) => boolean {
    const isNegated = this.take('^');
    const parts: ((code: number) => boolean)[] = [];
    while (!this.take(']')) {
      if (this.at >= this.source.length) throw new Fault('The pattern opens a class and does not close it.');
      const from = this.setPart();
      if (from.code === undefined || this.peek() !== '-' || this.source[this.at + 1] === ']') {
        parts.push(from.holds);
        continue;
      }
      this.at++;
      const to = this.setPart();
      const [low, high] = [from.code, to.code];
      if (high === undefined || high < low) throw new Fault('The pattern has a range that is none.');
      parts.push(this.cased((code) => code >= low && code <= high));
    }
    return (code) => parts.some((holds) => holds(code)) !== isNegated;
  }

  private setPart(): { holds: (code: number) => boolean; code?: number } {
    if (this.at >= this.source.length) throw new Fault('The pattern opens a class and does not close it.');
    if (this.take('\\b')) return { holds: (code) => code === 8, code: 8 };
    if (this.take('\\')) return this.escape();
    const code = this.source.charCodeAt(this.at++);
    return { holds: this.literal(code), code };
  }
}

function canBeEmpty(node: Node): boolean {
  switch (node.is) {
    case 'set':
      return false;
    case 'assert':
      return true;
    case 'group':
      return canBeEmpty(node.inner);
    case 'list':
      return node.parts.every(canBeEmpty);
    case 'either':
      return node.parts.some(canBeEmpty);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.inner);
  }
}

function hasGroup(node: Node): boolean {
  switch (node.is) {
    case 'set':
    case 'assert':
      return false;
    case 'group':
      return node.index !== undefined || hasGroup(node.inner);
    case 'list':
    case 'either':
      return node.parts.some(hasGroup);
    case 'repeat':
      return hasGroup(node.inner);
  }
}
