import { expect, test } from 'vitest';
import type { Inventory } from './inventory.ts';
import { statementsFor } from './vex.ts';
import { portable } from './vex-portable.ts';

const document: Inventory = {
  format: 'CycloneDX 1.6 JSON',
  components: [
    { name: 'left', version: '1.0.0', purl: 'pkg:npm/left@1.0.0', ref: '1', path: 'components[0]' },
    { name: 'Pump', version: '7', ref: '2', path: 'metadata.component' },
  ],
  vex: [
    { vulnerabilities: ['CVE-2026-1'], products: ['1'], status: 'not_affected' },
    { vulnerabilities: ['CVE-2026-2'], products: ['2', 'urn:cdx:a/1#b'], subcomponents: ['1'], status: 'fixed' },
  ],
  problems: [],
};

test('a handle becomes what identifies its component; what is known everywhere stays', () => {
  expect(portable(document).map(({ products, subcomponents }) => [products, subcomponents])).toEqual([
    [['pkg:npm/left@1.0.0'], undefined],
    [['Pump 7', 'urn:cdx:a/1#b'], ['pkg:npm/left@1.0.0']],
  ]);
});

test('a statement never hides another component that happens to have the same handle in another document', () => {
  const other = { name: 'right', version: '2.0.0', purl: 'pkg:npm/right@2.0.0', ref: '1', path: 'components[0]' };
  const same = { name: 'left', version: '1.0.0', purl: 'pkg:npm/left@1.0.0', ref: '9', path: 'components[1]' };
  const statements = statementsFor({ ...document, components: [other, same], vex: [] }, portable(document));

  expect(statements.about(other, ['CVE-2026-1'])).toBeUndefined();
  expect(statements.about(same, ['CVE-2026-1'])?.status).toBe('not_affected');
});
