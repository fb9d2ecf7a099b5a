import { parse as parseToml, TomlError } from 'smol-toml';
import { isScalar, parseDocument as parseYaml, visit, YAMLParseError } from 'yaml';
import * as csaf from './csaf/document.ts';
import * as cyclonedx from './cyclonedx/document.ts';
import * as cyclonedxXml from './cyclonedx/xml.ts';
import { isObject, type JsonObject, parse, withoutComments } from './json.ts';
import { type Answer, answer, type Listing, limits, Refused, refuse } from './listing.ts';
import type { Kind } from './lockfile/kind.ts';
import { kinds, mistaken } from './lockfile/table.ts';
import * as openvex from './openvex/document.ts';
import * as spdx from './spdx/document.ts';
import * as spdx3 from './spdx/element.ts';
import * as tagValue from './spdx/tag-value.ts';
import { decode, placeOf, refusal } from './text.ts';
import * as xml from './xml.ts';

/**
 * Any SBOM, VEX document or lockfile to an inventory. Takes the file's bytes (up to `limits.sizeMax`) and its name, which tells
 * lockfiles apart; an SBOM is told by its content alone. Gives the inventory, or the problems for which it is refused. Never throws
 * for a faulty file. Pure: runs in a browser.
 */
export function read(bytes: Uint8Array, fileName: string): Answer {
  if (bytes.length === 0) return refusal('', 'The file is empty.');
  if (bytes.length > limits.sizeMax) return refusal('', `The file is larger than ${limits.sizeMax / 1024 / 1024} MB.`);
  const name = (fileName.split(/[/\\]/).at(-1) ?? '').toLowerCase();
  const reason = mistaken.find((each) => each.names.test(name))?.reason;
  if (reason !== undefined) return refusal('', reason);
  const decoded = decode(bytes);
  if ('problems' in decoded) return decoded;
  try {
    return readText(bytes, decoded.text, name);
  } catch (error) {
    return { problems: refuse(error) };
  }
}

function readText(bytes: Uint8Array, text: string, name: string): Answer {
  const named = kinds.find((kind) => kind.names.test(name));
  const first = /\S/.exec(text)?.[0];
  if (first === undefined) return refusal('', 'The file holds nothing but space.');
  // A TOML table also starts with a bracket.
  if (first === '{' || (first === '[' && !/^\s*\[\[?[A-Za-z_]/.test(text))) return readJson(bytes, text, named);
  if (first === '<') return readXml(text, named);
  return readLines(text, named);
}

/** Below this JSON.parse is quicker than reading in part: what it builds is soon cleared away. Measured by `npm run bench -- inventories`. */
const partlyFrom = 4 * 1024 * 1024;

function readJson(bytes: Uint8Array, text: string, named: Kind | undefined): Answer {
  if (bytes.length > partlyFrom && /"bomFormat"\s*:\s*"CycloneDX"/.test(text.slice(0, 4096))) {
    const inventory = cyclonedx.readText(bytes, text);
    if (inventory !== undefined) return inventory;
  }
  const parsed = parse(named?.syntax === 'json with comments' ? withoutComments(text) : text);
  if ('problems' in parsed) return parsed;
  const { value } = parsed;
  if (!isObject(value)) return refusal('', 'This JSON is not an object, as every SBOM and lockfile is.');
  const format = [cyclonedx, spdx, spdx3, openvex, csaf].find((each) => each.isOne(value));
  if (format !== undefined) return format.read(value);
  const fitting = named ?? kinds.find((kind) => isJson(kind) && kind.looksLike(value));
  if (fitting !== undefined && isJson(fitting))
    return answer(fitting.format, (listing) => fitting.read(value, listing));
  return refusal('', 'This JSON is no SBOM, VEX document or lockfile of a kind that is read here.');
}

type JsonKind = Extract<Kind, { syntax: 'json' | 'json with comments' }>;
const isJson = (kind: Kind): kind is JsonKind => kind.syntax === 'json' || kind.syntax === 'json with comments';

function readXml(text: string, named: Kind | undefined): Answer {
  if (xml.startsLike(text.slice(0, 65_536), /^bom$/)) return cyclonedxXml.read(text);
  return answer('XML', (listing) => {
    const root = xml.parse(text);
    const fitting = named ?? kinds.find((kind) => kind.syntax === 'xml' && kind.looksLike(root));
    if (fitting?.syntax !== 'xml') {
      throw new Refused(
        `line ${root.line}`,
        `This XML, a <${root.name.slice(0, 80)}>, is no SBOM or lockfile of a kind that is read here.`,
      );
    }
    listing.format = fitting.format;
    fitting.read(root, listing);
  });
}

function readLines(text: string, named: Kind | undefined): Answer {
  const head = text.slice(0, 65_536);
  if (tagValue.isOne(head)) return tagValue.read(text);
  if (named === undefined && /^spdxVersion:/m.test(head)) return readSpdxYaml(text);
  const fitting = named ?? kinds.find((kind) => !isJson(kind) && kind.syntax !== 'xml' && kind.looksLike(head));
  if (fitting === undefined)
    return refusal('', 'This is no SBOM, VEX document or lockfile of a kind that is read here.');
  return answer(fitting.format, (listing) => {
    if (fitting.syntax === 'text') fitting.read(text, listing);
    else if (fitting.syntax === 'toml' || fitting.syntax === 'yaml') readTables(text, fitting, listing);
    else throw new Refused('line 1, column 1', `A ${fitting.format} does not start like this.`);
  });
}

/** SPDX 2.2 and 2.3 in YAML hold what the JSON form holds. */
function readSpdxYaml(text: string): Answer {
  const value = yamlOf(text);
  if (!isObject(value)) return refusal('', 'This YAML is no SPDX document.');
  const outcome = spdx.read(value);
  if ('inventory' in outcome) outcome.inventory.format = outcome.inventory.format.replace('JSON', 'YAML');
  return outcome;
}

/** A parser of YAML is slow; no lockfile comes near this. */
const yamlLengthMax = 8 * 1024 * 1024;

function readTables(text: string, kind: Extract<Kind, { syntax: 'toml' | 'yaml' }>, listing: Listing): void {
  const value = kind.syntax === 'toml' ? tomlOf(text) : yamlOf(text);
  if (!isObject(value)) throw new Refused('', `A ${kind.format} holds a table of keys and values; this file does not.`);
  kind.read(value, listing);
}

function tomlOf(text: string): JsonObject {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw new Refused(`line ${error.line}, column ${error.column}`, `This is not TOML: ${reason}.`);
  }
}

/** Few aliases: a lockfile has none, and many of them inside each other expand without end. */
function yamlOf(text: string): unknown {
  if (text.length > yamlLengthMax) throw new Refused('', `YAML is read up to ${yamlLengthMax / 1024 / 1024} MB.`);
  try {
    // The parser's own search for keys given twice compares each key with all others.
    const document = parseYaml(text, { uniqueKeys: false, logLevel: 'error', schema: 'core' });
    if (document.errors[0] !== undefined) throw document.errors[0];
    visit(document, {
      Map(_, { items }) {
        const keys = new Set<unknown>();
        for (const { key } of items) {
          if (!isScalar(key)) continue;
          if (keys.has(key.value)) {
            throw new Refused(placeOf(text, key.range?.[0] ?? 0), 'This is not YAML: this key stands there twice.');
          }
          keys.add(key.value);
        }
      },
    });
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof YAMLParseError) {
      const [start] = error.linePos ?? [];
      const [reason = ''] = error.message.split('\n');
      throw new Refused(
        start === undefined ? '' : `line ${start.line}, column ${start.col}`,
        `This is not YAML: ${reason}`,
      );
    }
    if (error instanceof ReferenceError) throw new Refused('', `This YAML is not read: ${error.message}.`);
    throw error;
  }
}
