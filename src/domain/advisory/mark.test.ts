import { expect, test } from 'vitest';
import { covers } from './mark.ts';

test('a mark speaks for the vulnerabilities it was made about, by any of their names, and for no later one', () => {
  const marked = ['CVE-2026-1', 'GHSA-aaaa-bbbb-cccc'];

  expect(covers(marked, [['GHSA-xxxx-yyyy-zzzz', 'CVE-2026-1']])).toBe(true);
  expect(covers(marked, [['CVE-2026-1'], ['CVE-2026-2']])).toBe(false);
  expect(covers(marked, [])).toBe(true);
});
