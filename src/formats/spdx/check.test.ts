import { expect, test } from 'vitest';
import { corpus } from '../../../test/corpus.ts';
import { read } from '../inventory.ts';
import { check, checkValue } from './check.ts';

const examples = corpus(new URL('./testdata/examples.jsonl.gz', import.meta.url));
const documents = examples.filter(({ file }) => file.endsWith('.json'));

const parse = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;

test('there are 56 examples of SPDX 2.2 to 3.0', () => {
  expect([examples.length, documents.length]).toEqual([56, 44]);
});

test.each(examples.map(({ file, bytes }) => [file, bytes] as const))('%s has no fault and is read', (file, bytes) => {
  expect(check(bytes)).toEqual([]);
  expect(read(bytes, file)).toHaveProperty('inventory');
});

test.each(documents.map(({ file, bytes }) => [file, bytes] as const))(
  '%s without one required member is refused',
  (_, bytes) => {
    const whole = parse(bytes);
    const isThree = '@context' in whole;
    for (const member of isThree ? ['@context'] : ['SPDXID', 'creationInfo', 'dataLicense', 'name', 'spdxVersion']) {
      const { [member]: _without, ...rest } = whole;
      expect(checkValue(rest).length).toBeGreaterThan(0);
    }
  },
);

test('a fault in a package is told with its path', () => {
  const document = parse(
    (documents.find(({ file }) => file.includes('01-MinimalSBOM')) as { bytes: Uint8Array }).bytes,
  );
  const packages = [{ ...(document['packages'] as object[])[0], SPDXID: 7 }, { name: 'no id' }];

  const problems = checkValue({ ...document, packages });

  expect(problems.map(({ path, message }) => [path, message])).toEqual([
    ['packages[0].SPDXID', 'This must be string.'],
    ['packages[1]', '"SPDXID" is missing.'],
    ['packages[1]', '"downloadLocation" is missing.'],
  ]);
});

test('an element of SPDX 3.0 of an unknown class is refused', () => {
  const document = parse(
    (documents.find(({ file }) => file.endsWith('example1/spdx3.0/example1.json')) as { bytes: Uint8Array }).bytes,
  );

  expect(checkValue({ ...document, '@graph': [{ type: 'Nothing' }] }).length).toBeGreaterThan(0);
});

test('tag-value that is not "Tag: value" is refused with its line', () => {
  const text = 'SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nthis is not a tag\n';

  expect(check(new TextEncoder().encode(text))).toEqual([
    { path: 'line 3', message: 'This line, "this is not a tag", is not "Tag: value".' },
  ]);
});
