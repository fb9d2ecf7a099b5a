import { expect, test } from 'vitest';
import { isAddress } from './PasskeyName.tsx';

test.each(['127.0.0.1', '10.0.0.7', '[::1]', '[2001:db8::1]'])(
  '%s is an address: no passkey can be bound to it',
  (host) => {
    expect(isAddress(host)).toBe(true);
  },
);

test.each(['localhost', 'assay.hospital.example', '3com.example'])('%s is a name', (host) => {
  expect(isAddress(host)).toBe(false);
});
