import type { Problem } from '../../domain/problem.ts';
import { isObject, type JsonObject, parse } from '../json.ts';
import { limits } from '../listing.ts';
import { checkBy } from '../schema.ts';
import { decode, quoted } from '../text.ts';
import * as version3 from './element.ts';
import v22 from './schema/spdx-2.2.2.schema.json' with { type: 'json' };
import v23 from './schema/spdx-2.3.1.schema.json' with { type: 'json' };
import v30 from './schema/spdx-3.0.1.schema.json' with { type: 'json' };
import * as tagValue from './tag-value.ts';

const schemas = { 'SPDX-2.2': v22, 'SPDX-2.3': v23, 'SPDX-3.0': v30 } as const;
type Version = keyof typeof schemas;

const compiled = new Map<Version, (value: unknown) => Problem[]>();

/**
 * Every fault of an SPDX document. Takes the file's bytes. JSON of 2.2, 2.3 and 3.0 is judged by the newest official schema of that
 * version; tag-value by what it takes to be read. An empty list means that it follows them.
 */
export function check(bytes: Uint8Array): Problem[] {
  if (bytes.length > limits.sizeMax) return [{ path: '', message: 'The file is too large to check.' }];
  const decoded = decode(bytes);
  if ('problems' in decoded) return decoded.problems;
  if (tagValue.isOne(decoded.text.slice(0, 65_536))) {
    const answer = tagValue.read(decoded.text);
    return 'problems' in answer ? answer.problems : [...answer.inventory.problems];
  }
  const parsed = parse(decoded.text);
  return 'problems' in parsed ? parsed.problems : checkValue(parsed.value);
}

/** The same for a parsed JSON value. */
export function checkValue(value: unknown): Problem[] {
  const version = isObject(value) ? versionOf(value) : undefined;
  if (version === undefined) {
    const stated = isObject(value) ? value['spdxVersion'] : value;
    return [
      {
        path: 'spdxVersion',
        message: `The SPDX version is ${quoted(stated)}; SPDX-2.2, SPDX-2.3 and 3.0 can be checked.`,
      },
    ];
  }
  let checkVersion = compiled.get(version);
  if (checkVersion === undefined) {
    checkVersion = checkBy(schemas[version]);
    compiled.set(version, checkVersion);
  }
  return checkVersion(value);
}

function versionOf(value: JsonObject): Version | undefined {
  if (version3.isOne(value)) return 'SPDX-3.0';
  const stated = value['spdxVersion'];
  return stated === 'SPDX-2.2' || stated === 'SPDX-2.3' ? stated : undefined;
}
