/** Decisions by SSVC tables: one evaluator for all of them. */
import { type DecisionPoint, type DecisionTable, decisionTables } from './tables.ts';

/** What a table says, or why it does not. `outcome` is spelled as in CERT/CC's CSV files: small letters. */
export type Evaluation = { outcome: string } | { error: string };

/** Letters, digits and `*` (as in Track*) in small letters: `Technical Impact`, `technical_impact` and `technicalImpact` are one. */
const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9*]/g, '');

/** Words that data sources use for a value, by its plain name. */
const otherWords: Record<string, string> = { poc: 'publicpoc', proofofconcept: 'publicpoc', true: 'yes', false: 'no' };

/** Ways to write a decision point: its name, key, id, id without version, and the heading of the CSV files. */
function spellingsOf({ id, key, name }: DecisionPoint): Set<string> {
  const [namespace, , version] = id.split(':') as [string, string, string];
  const csvName = `${name} v${version}`;
  return new Set(
    [name, key, id, `${namespace}:${key}`, csvName, `${csvName} (${namespace})`, key.replace('_NoX', '')].map(plain),
  );
}

function namesOf({ file, namespace, key, version, name }: DecisionTable): string[] {
  const unversioned = file.replace(/_\d+_\d+_\d+$/, '');
  const names = [
    file,
    unversioned,
    unversioned.replace(/^cisa_/, ''),
    key,
    key.replace('DT_', ''),
    `${namespace}:${key}`,
  ];
  return [...names, `${namespace}:${key}:${version}`, name].map(plain);
}

interface Index {
  points: { point: DecisionPoint; spellings: Set<string>; keyOf: Map<string, string> }[];
  /** Outcome by the keys of the points, parted by spaces. */
  outcomeOf: Map<string, string>;
}

const indexes = new WeakMap<DecisionTable, Index>();

function indexOf(table: DecisionTable): Index {
  const known = indexes.get(table);
  if (known !== undefined) return known;
  const outcomes = new Map(table.outcome.values.map(({ key, name }) => [key, name.toLowerCase()]));
  const index = {
    points: table.points.map((point) => ({
      point,
      spellings: spellingsOf(point),
      keyOf: new Map(point.values.flatMap(({ key, name }) => [key, name].map((spelling) => [plain(spelling), key]))),
    })),
    outcomeOf: new Map(
      table.rows.map((row) => {
        const end = row.lastIndexOf(' ');
        return [row.slice(0, end), outcomes.get(row.slice(end + 1))!];
      }),
    ),
  };
  indexes.set(table, index);
  return index;
}

/** The table of this name, in any sensible spelling: file name with or without version, key, id or title. */
export function tableNamed(name: string): DecisionTable | undefined {
  const wanted = plain(name);
  return decisionTables.find((table) => namesOf(table).includes(wanted));
}

/**
 * Evaluates a table. `inputs` may hold other fields too; points and values may be written by name or key in any sensible
 * spelling. A missing point, an unknown value or a combination that the table lacks is refused with the point's name.
 */
export function evaluate(table: DecisionTable, inputs: Readonly<Record<string, unknown>>): Evaluation {
  const { points, outcomeOf } = indexOf(table);
  const given = new Map<string, unknown[]>();
  for (const [field, value] of Object.entries(inputs)) {
    const spelling = plain(field);
    given.set(spelling, [...(given.get(spelling) ?? []), value]);
  }
  const keys: string[] = [];
  for (const { point, spellings, keyOf } of points) {
    const values = [...spellings].flatMap((spelling) => given.get(spelling) ?? []);
    const names = point.values.map(({ name }) => name.toLowerCase()).join(', ');
    if (values.length === 0) return { error: `${point.name} is missing: give one of ${names}.` };
    const found = values.map((value) => {
      const word = typeof value === 'string' || typeof value === 'boolean' ? plain(String(value)) : '';
      return keyOf.get(word) ?? keyOf.get(otherWords[word] ?? '');
    });
    const unknown = found.indexOf(undefined);
    if (unknown >= 0) {
      return {
        error: `${point.name} cannot be ${JSON.stringify(values[unknown])?.slice(0, 80)}: give one of ${names}.`,
      };
    }
    if (new Set(found).size > 1) return { error: `${point.name} is given twice, with different values.` };
    keys.push(found[0]!);
  }
  const outcome = outcomeOf.get(keys.join(' '));
  if (outcome !== undefined) return { outcome };
  const combination = points.map(({ point }, index) => `${point.name} ${keys[index]}`).join(', ');
  return { error: `${table.name} ${table.version} has no row for ${combination}.` };
}
