import { type Found, textOf } from '../finding/draft.ts';
import { packageOf } from '../finding/package.ts';
import { arrayOf, isObject, objectOf } from '../json.ts';

const isDependency = (value: unknown) =>
  isObject(value) && 'name' in value && ('vulns' in value || 'skip_reason' in value);

/** `pip-audit --format json`: dependencies with what is known of them; an array of these before version 2.4. */
export function isOne(value: unknown): boolean {
  if (Array.isArray(value)) return isDependency(value[0]);
  const dependencies = isObject(value) ? value['dependencies'] : undefined;
  if (!Array.isArray(dependencies)) return false;
  const isAll = Object.keys(objectOf(value)).every((key) => key === 'dependencies' || key === 'fixes');
  return dependencies.length === 0 ? isAll : isDependency(dependencies[0]);
}

export function* read(value: unknown): Generator<Found> {
  const dependencies = arrayOf(Array.isArray(value) ? value : objectOf(value)['dependencies']);
  for (let i = 0; i < dependencies.length; i++) {
    const { name, version, vulns } = objectOf(dependencies[i]);
    const vulnerabilities = arrayOf(vulns);
    for (let j = 0; j < vulnerabilities.length; j++) {
      const path = `dependencies[${i}].vulns[${j}]`;
      const one = vulnerabilities[j];
      if (!isObject(one)) {
        yield { path, original: one, problems: [{ path, message: 'This is not an object.' }] };
        continue;
      }
      const id = textOf(one['id']);
      yield {
        path,
        original: { name, version, ...one },
        draft: {
          titles: [`${id ?? 'A known flaw'} in ${textOf(name) ?? 'a package'}`],
          description: one['description'],
          ...packageOf('pypi', name, version),
          fixed: arrayOf(one['fix_versions']),
          aliases: [id, ...arrayOf(one['aliases'])],
          tool: 'pip-audit',
          rule: id,
        },
      };
    }
  }
}
