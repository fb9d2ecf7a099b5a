/** in-toto Attestation Framework, Statement v1 (in-toto/attestation: spec/v1/statement.md): what is said of which bytes. */
import type { Problem } from '../../domain/problem.ts';
import { arrayOf, isObject, type JsonObject, parse } from '../json.ts';
import { decode, refusal } from '../text.ts';

/** DSSE payload type of a statement (spec/v1/envelope.md). */
export const payloadType = 'application/vnd.in-toto+json';
const statementType = 'https://in-toto.io/Statement/v1';
const subjectsMax = 100;
const clause = 'Statement v1';

export interface Subject {
  name?: string | undefined;
  /** Algorithm to lower-case hexadecimal digits, such as `sha256`. Subjects are told apart by digest alone. */
  digest: Readonly<Record<string, string>>;
}

export interface Statement {
  subject: Subject[];
  predicateType: string;
  predicate: JsonObject;
}

/** The bytes of a statement, to be signed. */
export function write({ subject, predicateType, predicate }: Statement): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ _type: statementType, subject, predicateType, predicate }));
}

/** Reads the payload of an envelope as a statement. Fields that it does not know are left out, as the specification asks. */
export function read(bytes: Uint8Array): { statement: Statement } | { problems: Problem[] } {
  const decoded = decode(bytes);
  if ('problems' in decoded) return decoded;
  const parsed = parse(decoded.text);
  if ('problems' in parsed) return parsed;
  if (!isObject(parsed.value)) return refusal('', 'A statement is a JSON object.', clause);
  const { _type, subject, predicateType, predicate = {} } = parsed.value;
  const problems: Problem[] = [];
  const say = (path: string, message: string) => problems.push({ path, message, clause });

  if (_type !== statementType) say('_type', `Only "${statementType}" is read here.`);
  if (typeof predicateType !== 'string' || !URL.canParse(predicateType)) say('predicateType', 'It is a URI.');
  if (!isObject(predicate)) say('predicate', 'It is an object.');
  const listed = arrayOf(subject);
  if (listed.length === 0) say('subject', 'A statement is about at least one subject.');
  if (listed.length > subjectsMax) say('subject', `A statement is about at most ${subjectsMax} subjects here.`);
  const subjects = listed.slice(0, subjectsMax).map((one, index): Subject => {
    const { name, digest } = isObject(one) ? one : {};
    if (name !== undefined && typeof name !== 'string') say(`subject[${index}].name`, 'It is a text.');
    const digests = isObject(digest) ? Object.entries(digest) : [];
    const isHex = digests.every(([, value]) => typeof value === 'string' && /^[0-9a-f]{1,256}$/.test(value));
    if (digests.length === 0 || !isHex) say(`subject[${index}].digest`, 'It names algorithms with hexadecimal digits.');
    return { ...(typeof name === 'string' && { name }), digest: Object.fromEntries(digests) as Record<string, string> };
  });
  if (problems.length > 0) return { problems };
  return {
    statement: { subject: subjects, predicateType: predicateType as string, predicate: predicate as JsonObject },
  };
}
