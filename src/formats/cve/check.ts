/** Whether a CVE record follows the official schema (cve-5.1.schema.json, bundled, of CVEProject/cve-services). */
import { Ajv, type ValidateFunction } from 'ajv';
import type { Problem } from '../../domain/problem.ts';
import { isObject } from '../json.ts';
import { withinLimits } from '../osv/limits.ts';
import { hashUniqueItems } from '../unique-items.ts';
import schema from './cve-5.1.schema.json' with { type: 'json' };

let validators: { published: ValidateFunction; rejected: ValidateFunction } | undefined;

/** Compiled at first use: whoever only reads records does not pay for it. */
function compiled() {
  if (validators === undefined) {
    // Formats are left out: the schema's own patterns for dates take times without zone, which `date-time` refuses.
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    hashUniqueItems(ajv);
    ajv.addSchema(schema, 'cve');
    validators = {
      published: ajv.compile({ $ref: 'cve#/oneOf/0' }),
      rejected: ajv.compile({ $ref: 'cve#/oneOf/1' }),
    };
  }
  return validators;
}

/** Every fault of one record by the schema for its state, 50 at most. Takes a parsed JSON value. */
export function check(value: unknown): Problem[] {
  const limit = withinLimits(value);
  if (limit !== undefined) return [limit];
  const isRejected = isObject(value) && isObject(value.cveMetadata) && value.cveMetadata.state === 'REJECTED';
  const validate = compiled()[isRejected ? 'rejected' : 'published'];
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, 50).map(({ instancePath, message, params }) => {
    const named = params.additionalProperty ?? params.missingProperty;
    return {
      path: instancePath
        .slice(1)
        .replace(/\/(\d+)(?=\/|$)/g, '[$1]')
        .replaceAll('/', '.'),
      message: `The CVE schema says: ${message ?? 'not valid'}${typeof named === 'string' ? ` (${named.slice(0, 80)})` : ''}.`,
      clause: 'schema',
    };
  });
}
