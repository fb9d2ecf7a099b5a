import { expect, test } from 'vitest';
import { textOf } from './content.ts';

test('pictures are named, wherever they lie, and never handed on', () => {
  const picture = `data:image/png;base64,${'A'.repeat(4000)}`;

  expect(
    textOf([
      { type: 'text', text: 'Look:' },
      { type: 'image', image: picture },
    ]),
  ).toBe('Look:\n[image/png, 3 kB, not shown]');
  expect(textOf({ result: [picture] })).not.toContain('AAAA');
  expect(textOf(picture)).toBe('[image/png, 3 kB, not shown]');
  expect(textOf({ type: 'video', video: { frames: [] } })).toBe('[video, not shown]');
});

test('text stays as it is, numbers and other values are written out', () => {
  expect(textOf('<b>data:text</b>')).toBe('<b>data:text</b>');
  expect(textOf(0)).toBe('0');
  expect(textOf(null)).toBe('');
  expect(textOf({ cmd: 'ls' })).toBe('{\n  "cmd": "ls"\n}');
});
