import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalText } from './canonical.ts';
import type { Report } from './report.ts';

const report: Report = {
  title: 'A "flaw"\n',
  component: { purl: 'pkg:npm/a@1', name: 'a' },
  places: [{ startLine: 3, path: 'b' }],
};

test('the text is canonical JSON with its names in order (RFC 8785 section 3.2.3), and leaves the key out', () => {
  const text =
    '{"component":{"name":"a","purl":"pkg:npm/a@1"},"places":[{"path":"b","startLine":3}],"title":"A \\"flaw\\"\\n"}';

  expect(canonicalText(report)).toBe(text);
  expect(canonicalText({ ...report, key: 'mine' })).toBe(text);
});

test('the order of fields changes nothing, a field without a value is no field, and it parses back', () => {
  const field = fc.constantFrom('description', 'impact', 'patch', 'stack');
  fc.assert(
    fc.property(fc.dictionary(field, fc.option(fc.string(), { nil: undefined })), (more) => {
      const whole = { ...report, ...more };
      const turned = Object.fromEntries(Object.entries(whole).reverse()) as unknown as Report;

      expect(canonicalText(turned)).toBe(canonicalText(whole));
      expect(JSON.parse(canonicalText(whole))).toEqual(JSON.parse(JSON.stringify(whole)));
    }),
  );
});
