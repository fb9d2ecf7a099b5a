import type { Problem } from '../../domain/problem.ts';
import { isObject } from '../json.ts';
import { checkBy } from '../schema.ts';
import { consistency } from './consistency.ts';
import schema from './schema/sarif-schema-2.1.0.json' with { type: 'json' };

let bySchema: ((value: unknown) => Problem[]) | undefined;

/** Compiled at first use. The published schema is of draft 4; it uses nothing whose meaning draft 7 changes but the name of its own id. */
function compiled() {
  const { id: _, $schema: __, ...body } = schema;
  bySchema ??= checkBy(body);
  return bySchema;
}

/**
 * Every fault of a SARIF 2.1.0 log, fifty of a kind at most: by the official schema (errata 01), and where that finds none by what the standard asks
 * beyond it. Takes a parsed JSON value.
 */
export function check(value: unknown): Problem[] {
  if (isObject(value) && typeof value['version'] === 'string' && value['version'] !== '2.1.0') {
    return [{ path: 'version', message: 'This is not SARIF 2.1.0, which is checked here.', clause: '3.13.2' }];
  }
  const problems = compiled()(value);
  return problems.length > 0 || !isObject(value) ? problems : consistency(value);
}
