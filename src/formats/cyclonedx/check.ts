import type { Problem } from '../../domain/problem.ts';
import { isObject, parse } from '../json.ts';
import { limits, refuse } from '../listing.ts';
import { checkBy } from '../schema.ts';
import { decode, quoted } from '../text.ts';
import * as markup from './check-xml.ts';
import { versions } from './document.ts';
import { derived } from './earlier-schema.ts';
import v4 from './schema/bom-1.4.schema.json' with { type: 'json' };
import v5 from './schema/bom-1.5.schema.json' with { type: 'json' };
import v6 from './schema/bom-1.6.schema.json' with { type: 'json' };
import v7 from './schema/bom-1.7.schema.json' with { type: 'json' };
import cryptography from './schema/cryptography-defs.schema.json' with { type: 'json' };
import signature from './schema/jsf-0.82.schema.json' with { type: 'json' };
import licences from './schema/spdx.schema.json' with { type: 'json' };

type Version = (typeof versions)[number];

const schemas: Record<Version, () => object> = {
  '1.2': () => derived(v4, '1.2'),
  '1.3': () => derived(v4, '1.3'),
  '1.4': () => v4,
  '1.5': () => v5,
  '1.6': () => v6,
  '1.7': () => v7,
};

const compiled = new Map<Version, (value: unknown) => Problem[]>();

/**
 * Every fault of a CycloneDX document in JSON or XML, of the version that it names. Takes the file's bytes. JSON is judged by the
 * official schema (1.2 and 1.3: by what the schema of 1.4 says without what 1.4 and 1.3 added), XML by the rules of
 * `check-xml.ts`. An empty list means that it follows them. Kept apart from `document.ts`, so that readers carry no schemas.
 */
export function check(bytes: Uint8Array): Problem[] {
  if (bytes.length > limits.sizeMax) return [{ path: '', message: 'The file is too large to check.' }];
  const decoded = decode(bytes);
  if ('problems' in decoded) return decoded.problems;
  const { text } = decoded;
  if (/^\s*</.test(text)) {
    try {
      return markup.check(text, licences.enum);
    } catch (error) {
      return refuse(error);
    }
  }
  const parsed = parse(text);
  return 'problems' in parsed ? parsed.problems : checkValue(parsed.value);
}

/** The same for a parsed JSON value. */
export function checkValue(value: unknown): Problem[] {
  const stated = isObject(value) ? value['specVersion'] : undefined;
  const version = versions.find((each) => each === stated);
  if (version === undefined) {
    const message = `"specVersion" is ${quoted(stated)}; ${versions[0]} to ${versions.at(-1)} can be checked.`;
    return [{ path: 'specVersion', message }];
  }
  let checkVersion = compiled.get(version);
  if (checkVersion === undefined) {
    checkVersion = checkBy(schemas[version](), [licences, signature, cryptography]);
    compiled.set(version, checkVersion);
  }
  return checkVersion(value);
}
