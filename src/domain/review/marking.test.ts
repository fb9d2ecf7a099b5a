import fc from 'fast-check';
import { expect, test } from 'vitest';
import { markingIn } from './marking.ts';

test.each([
  'TOP SECRET//SI//NOFORN',
  'This is top secret.',
  'SECRET',
  '(S//NF) The model reached the range.',
  '(TS//SI//REL TO USA, FVEY) Text.',
  '(U) The model was looked at.',
  '(CUI) Draft',
  'CUI//SP-PROPIN',
  'CONFIDENTIAL//REL TO USA',
  'Classified By: 12345',
  'Derived from: guide 7',
  'Declassify On: 20510101',
  'S E C R E T',
  'SEC\u200bRET',
  'ＳＥＣＲＥＴ',
  'RESTRICTED DATA',
  'FOUO',
])('brief section 7: %j is refused on the open side', (text) => {
  expect(markingIn(text)).toBeDefined();
});

test.each([
  'The model named in this request is covered. The reference stands in the file.',
  'No statement will be made.',
  'Keys (secrets) were not part of the request.',
  'Confidential commercial information of the developer was not used.',
  'CONFIDENTIAL COMMERCIAL INFORMATION was not used.',
  'Items (s) and (c) of the terms apply.',
  'See A B of the annex.',
  '',
])('%j is plain text', (text) => {
  expect(markingIn(text)).toBeUndefined();
});

test('a marking is found wherever it stands in a text', () => {
  fc.assert(
    fc.property(fc.lorem(), fc.lorem(), fc.constantFrom('SECRET//NOFORN', '(TS//SI)', 'CUI//SP-CTI'), (a, b, mark) => {
      expect(markingIn(`${a} ${mark} ${b}`)).toBeDefined();
    }),
  );
});

test('a long text is read in time that grows with its length', () => {
  const text = '(S//'.repeat(20_000);
  const before = performance.now();

  markingIn(text);

  expect(performance.now() - before).toBeLessThan(500);
});
