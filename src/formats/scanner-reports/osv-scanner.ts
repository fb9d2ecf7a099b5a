import { type Found, textOf } from '../finding/draft.ts';
import { packageOf } from '../finding/package.ts';
import { arrayOf, isObject, objectOf } from '../json.ts';
import { draftOf } from '../osv/finding.ts';

/** OSV-Scanner's JSON: OSV records under the packages and sources that they were found in. */
export const isOne = (value: unknown) => {
  const results = isObject(value) ? value['results'] : undefined;
  return Array.isArray(results) && results.length > 0 && results.every((each) => isObject(each) && 'packages' in each);
};

export function* read(value: unknown): Generator<Found> {
  const results = arrayOf(objectOf(value)['results']);
  for (let i = 0; i < results.length; i++) {
    const { source, packages: list } = objectOf(results[i]);
    const packages = arrayOf(list);
    for (let j = 0; j < packages.length; j++) {
      const { package: found, vulnerabilities: records } = objectOf(packages[j]);
      const { ecosystem, name, version } = objectOf(found);
      const vulnerabilities = arrayOf(records);
      for (let k = 0; k < vulnerabilities.length; k++) {
        const path = `results[${i}].packages[${j}].vulnerabilities[${k}]`;
        const record = vulnerabilities[k];
        if (!isObject(record)) {
          yield { path, original: record, problems: [{ path, message: 'This record is not an object.' }] };
          continue;
        }
        const { purl: _, name: __, ecosystem: ___, ...draft } = draftOf(record);
        yield {
          path,
          original: record,
          draft: {
            ...draft,
            ...packageOf(ecosystem, name, version),
            places: [{ path: objectOf(source)['path'] }],
            tool: 'OSV-Scanner',
            rule: textOf(record['id']),
          },
        };
      }
    }
  }
}
