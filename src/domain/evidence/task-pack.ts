/**
 * Task packs: questions or simple tool loops that are fixed and counted before anyone runs them.
 *
 * An item is written as canonical JSON (RFC 8785); these bytes, with 32 random bytes of their own, are one entry of a
 * sealed list (`log/sealed-list.ts`). What is published first is the statement, which holds no item:
 *
 *     {"format": "assay-task-pack/1", "name": "...", "version": "...", "size": 120, "root": "<64 hex digits>"}
 *
 * An opaque pack is one of which an instance holds this statement and nothing else. An opening shows one item of a pack
 * and tells nothing of the others:
 *
 *     {"format": "assay-task-opening/1", "name", "version", "size", "root",
 *      "index": 7, "salt": "<64 hex digits>", "path": ["<64 hex digits>", ...], "item": {...}}
 *
 * Whether an opening holds is `sealedList.verify(hash, sealOf(statement), shownOf(opening))`, with a statement from elsewhere
 * than the opening.
 */
import { canonicalJson } from '../canonical-json.ts';
import type { Problem } from '../problem.ts';
import * as scorers from './scorer.ts';

export interface TaskMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** A tool whose answers stand in a table: nothing is run. */
export interface TaskTool {
  name: string;
  description?: string;
  /** JSON Schema of the arguments, as told to the model. */
  parameters: Record<string, unknown>;
  /** What is answered to exactly these arguments. */
  answers: { arguments: Record<string, unknown>; content: string }[];
  /** What is answered to all others. */
  otherwise: string;
}

export interface TaskItem {
  /** Unique in the pack; it names the item in results, so it tells nothing of its content. */
  id: string;
  /** The question, or a conversation that ends with the user. */
  input: string | TaskMessage[];
  /** Right answers, any of which will do. An item has these or a grader. */
  target?: string | string[];
  /** Where the way to grade is kept, when it is not a comparison: a name, a digest. */
  grader?: string;
  /** Options of a multiple-choice question, lettered from A in this order. */
  choices?: string[];
  /** How an answer is compared with the target; the plan of a run says it for items that do not. */
  scorer?: scorers.Scorer;
  tools?: TaskTool[];
  /** Group of items that resemble one another; statistics count groups, not items. */
  cluster?: string;
  /** A text made for this pack and found nowhere else: a model that says it has seen the pack. It is never sent. */
  canary?: string;
  metadata?: Record<string, unknown>;
}

/** What is published of a pack. */
export interface PackStatement {
  format: 'assay-task-pack/1';
  name: string;
  version: string;
  size: number;
  /** Hex. */
  root: string;
}

export interface PackOpening extends Omit<PackStatement, 'format'> {
  format: 'assay-task-opening/1';
  /** The place in the pack, from 0. */
  index: number;
  salt: string;
  path: string[];
  item: TaskItem;
}

/** Most items of a pack. */
export const itemsMax = 100_000;
/** Longest item in characters of JSON. */
export const itemLengthMax = 1_000_000;
const depthMax = 32;
const listMax = 200;
/** An audit path is no longer than the tree is high. */
const pathMax = 17;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, lengthMax = itemLengthMax): value is string =>
  typeof value === 'string' && value !== '' && value.length <= lengthMax;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not reach a terminal or a table of results.
const isLabel = (value: unknown): value is string => isText(value, 200) && !/[\u0000-\u001f\u007f-\u009f]/.test(value);
const isHex = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The faults of one document, 20 at most: more say no more. */
class Faults {
  readonly problems: Problem[] = [];

  add(path: string, message: string): void {
    if (this.problems.length < 20) this.problems.push({ path, message });
  }

  onlyKnown(fields: Fields, known: string[], path: string): void {
    for (const name of Object.keys(fields)) {
      if (!known.includes(name)) this.add(join(path, name), `There is no such field; there are ${known.join(', ')}.`);
    }
  }
}

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}

const itemFields = [
  ...['id', 'input', 'target', 'grader', 'choices', 'scorer', 'tools', 'cluster', 'canary', 'metadata'],
];

/** Reads an item from parsed JSON. `path` is where it stands, such as `line 3`. */
export function readItem(value: unknown, path: string): { item: TaskItem } | { problems: Problem[] } {
  const faults = new Faults();
  if (!isFields(value)) return { problems: [{ path, message: 'An item is a JSON object with id, input and target.' }] };
  // The depth is known before anything else walks the value.
  if (isDeeper(value, depthMax)) {
    return { problems: [{ path, message: `The item is nested deeper than ${depthMax} levels.` }] };
  }
  faults.onlyKnown(value, itemFields, path);
  const { id, input, target, grader, choices, scorer, tools, cluster, canary, metadata } = value;
  const at = (name: string) => join(path, name);
  if (!isLabel(id)) faults.add(at('id'), 'Give an id of 1 to 200 characters on one line.');
  readInput(input, at('input'), faults);
  const isTarget = isText(target) || (isTextList(target) && target.length > 0);
  if (target !== undefined && !isTarget) faults.add(at('target'), `Give a text, or a list of 1 to ${listMax} texts.`);
  if (grader !== undefined && !isText(grader, 500)) faults.add(at('grader'), 'Name where the grader is kept.');
  if ((target === undefined) === (grader === undefined)) {
    faults.add(path, 'Give a target, or a grader that is kept elsewhere; one of the two.');
  }
  if (choices !== undefined && !(isTextList(choices) && choices.length >= 2 && choices.length <= 26)) {
    faults.add(at('choices'), 'Give 2 to 26 texts.');
  }
  if (scorer !== undefined) {
    const read = scorers.read(scorer, at('scorer'));
    if ('problems' in read) faults.problems.push(...read.problems);
  }
  if (tools !== undefined) readTools(tools, at('tools'), faults);
  if (cluster !== undefined && !isLabel(cluster)) faults.add(at('cluster'), 'Give a name of 1 to 200 characters.');
  if (canary !== undefined && !(isText(canary, 200) && canary.length >= 16)) {
    faults.add(at('canary'), 'Give 16 to 200 characters, so that nobody says it by chance.');
  }
  if (metadata !== undefined && !isFields(metadata)) faults.add(at('metadata'), 'Give an object.');
  return faults.problems.length > 0 ? { problems: faults.problems } : { item: value as unknown as TaskItem };
}

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= listMax && value.every((one) => isText(one));

function readInput(input: unknown, path: string, faults: Faults): void {
  if (isText(input)) return;
  if (!Array.isArray(input) || input.length === 0 || input.length > listMax) {
    faults.add(path, `Give the question as text, or a list of 1 to ${listMax} messages.`);
    return;
  }
  input.forEach((message, index) => {
    const isMessage =
      isFields(message) &&
      ['system', 'user', 'assistant'].includes(message['role'] as string) &&
      isText(message['content']) &&
      Object.keys(message).length === 2;
    if (!isMessage) faults.add(`${path}[${index}]`, 'A message has a role (system, user, assistant) and a content.');
  });
  if ((input.at(-1) as Fields | null)?.['role'] !== 'user') faults.add(path, 'The last message is the user’s.');
}

function readTools(tools: unknown, path: string, faults: Faults): void {
  if (!Array.isArray(tools) || tools.length === 0 || tools.length > listMax) {
    faults.add(path, `Give a list of 1 to ${listMax} tools.`);
    return;
  }
  const names = new Set<unknown>();
  tools.forEach((tool, index) => {
    const at = `${path}[${index}]`;
    if (!isFields(tool)) {
      faults.add(at, 'A tool is an object.');
      return;
    }
    faults.onlyKnown(tool, ['name', 'description', 'parameters', 'answers', 'otherwise'], at);
    const { name, description, parameters, answers, otherwise } = tool;
    if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
      faults.add(join(at, 'name'), 'Give a name of letters, digits, _ and -, 64 at most.');
    }
    if (names.has(name)) faults.add(join(at, 'name'), 'This name stands twice.');
    names.add(name);
    if (description !== undefined && !isText(description, 10_000)) faults.add(join(at, 'description'), 'Give a text.');
    if (!isFields(parameters)) faults.add(join(at, 'parameters'), 'Give the JSON Schema of the arguments.');
    if (typeof otherwise !== 'string') {
      faults.add(join(at, 'otherwise'), 'Say what is answered to arguments that are not in the table.');
    }
    const areAnswers =
      Array.isArray(answers) &&
      answers.length <= 1_000 &&
      answers.every((one) => isFields(one) && isFields(one['arguments']) && typeof one['content'] === 'string');
    if (!areAnswers) faults.add(join(at, 'answers'), 'Give a list of {"arguments": {...}, "content": "..."}.');
  });
}

/** What a tool answers to the arguments a model gave as text; text that is not JSON is answered as any other. */
export function toolAnswer(tool: TaskTool, text: string): string {
  let given: unknown;
  try {
    given = JSON.parse(text === '' ? '{}' : text);
  } catch {
    return tool.otherwise;
  }
  if (isDeeper(given, depthMax)) return tool.otherwise;
  const spelling = canonicalJson(given);
  return tool.answers.find((one) => canonicalJson(one.arguments) === spelling)?.content ?? tool.otherwise;
}

/** The right answers of an item; none where a grader elsewhere decides. */
export const targetsOf = ({ target = [] }: TaskItem): string[] => (typeof target === 'string' ? [target] : target);

/** The bytes that are sealed. */
export const entryOf = (item: TaskItem): Uint8Array => new TextEncoder().encode(canonicalJson(item));

/** What is published of a pack whose list has this size and root. Throws a RangeError for a name that is none. */
export function statement(pack: { name: string; version: string; size: number; root: Uint8Array }): PackStatement {
  if (!isLabel(pack.name) || !isLabel(pack.version)) {
    throw new RangeError('Give the pack a name and a version of 1 to 200 characters on one line.');
  }
  const { name, version, size } = pack;
  return { format: 'assay-task-pack/1', name, version, size, root: hexOf(pack.root) };
}

/** Reads a statement from parsed JSON. */
export function readStatement(value: unknown): { statement: PackStatement } | { problems: Problem[] } {
  const faults = new Faults();
  if (!isFields(value)) return { problems: [{ path: '', message: 'The statement of a pack is a JSON object.' }] };
  readHead(value, 'assay-task-pack/1', faults);
  faults.onlyKnown(value, ['format', 'name', 'version', 'size', 'root'], '');
  return faults.problems.length > 0 ? { problems: faults.problems } : { statement: value as unknown as PackStatement };
}

/** Reads an opening from parsed JSON: its form, not yet whether it holds. */
export function readOpening(value: unknown): { opening: PackOpening } | { problems: Problem[] } {
  const faults = new Faults();
  if (!isFields(value)) return { problems: [{ path: '', message: 'An opening is a JSON object.' }] };
  readHead(value, 'assay-task-opening/1', faults);
  faults.onlyKnown(value, ['format', 'name', 'version', 'size', 'root', 'index', 'salt', 'path', 'item'], '');
  if (!isCount(value['index'])) faults.add('index', 'Give the place of the item, from 0.');
  if (!isHex(value['salt'])) faults.add('salt', 'Give 64 hexadecimal digits.');
  const path = value['path'];
  if (!Array.isArray(path) || path.length > pathMax || !path.every(isHex)) {
    faults.add('path', `Give a list of at most ${pathMax} hashes, 64 hexadecimal digits each.`);
  }
  const read = readItem(value['item'], 'item');
  if ('problems' in read) faults.problems.push(...read.problems);
  return faults.problems.length > 0 ? { problems: faults.problems } : { opening: value as unknown as PackOpening };
}

function readHead(fields: Fields, format: string, faults: Faults): void {
  if (fields['format'] !== format) faults.add('format', `Write "format": "${format}".`);
  if (!isLabel(fields['name'])) faults.add('name', 'Give a name of 1 to 200 characters on one line.');
  if (!isLabel(fields['version'])) faults.add('version', 'Give a version of 1 to 200 characters on one line.');
  const size = fields['size'];
  if (!isCount(size) || size < 1 || size > itemsMax) faults.add('size', `A pack has 1 to ${itemsMax} items.`);
  if (!isHex(fields['root'])) faults.add('root', 'Give 64 hexadecimal digits.');
}

/** True when an opening says that it belongs to the pack of this statement. */
export const isOf = (opening: PackOpening, pack: PackStatement): boolean =>
  opening.name === pack.name &&
  opening.version === pack.version &&
  opening.size === pack.size &&
  opening.root === pack.root;

/** The seal of a statement, for `sealedList.verify`. */
export const sealOf = ({ size, root }: PackStatement) => ({ size, root: bytesOf(root) });

/** What an opening shows, for `sealedList.verify`. */
export const shownOf = (opening: PackOpening) => ({
  index: opening.index,
  salt: bytesOf(opening.salt),
  entry: entryOf(opening.item),
  path: opening.path.map(bytesOf),
});

/** Lower-case hexadecimal. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Of hexadecimal digits in pairs; the caller has checked them. */
export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** When an item has been seen too often to tell what a model can do by itself. Data of the pack's owner. */
export interface RetireRule {
  /** An item that has been shown to models in this many runs is retired. */
  runsMax: number;
  /** An item whose opening was given to anyone is retired at once. */
  afterOpening: boolean;
}

/** How often one item was shown: in how many runs to a model, and how often its opening was given to somebody. */
export interface Exposure {
  runs: number;
  openings: number;
}

export interface Standing extends Exposure {
  /** Why the item is no longer to be used; undefined while it is. */
  retired: 'runs' | 'opening' | undefined;
}

/** Whether an item that was shown so often is retired; by an opening before all. */
export function standingOf({ runs, openings }: Exposure, rule: RetireRule): Standing {
  const isOpened = rule.afterOpening && openings > 0;
  return { runs, openings, retired: isOpened ? 'opening' : runs >= rule.runsMax ? 'runs' : undefined };
}
