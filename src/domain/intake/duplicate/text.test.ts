import { expect, test } from 'vitest';
import { orders } from '../../advisory/version/order.ts';
import { hash64 } from './hash.ts';
import { likeness, sketchOf, sketchSize } from './minhash.ts';
import { coresOf } from './package-names.ts';
import { stackOf } from './stack.ts';
import { weightOf, wordsOf } from './text.ts';
import { intervalsOf, isAffected, overlapOf, plainVersion } from './versions.ts';
import { meetingOf } from './weaknesses.ts';

test('words are runs of letters and digits in lower case, versions whole, addresses left out', () => {
  expect(wordsOf('TensorFlow < v2.4.2: tf.raw_ops.SparseAdd crashes, see https://x.example/a?b=1 (classes)')).toEqual([
    'tensorflow',
    '2.4.2',
    'tf',
    'raw_op',
    'sparseadd',
    'crash',
    'see',
    'class',
  ]);
});

test('a word of every advisory says nothing, one of none says the most', () => {
  expect(weightOf('the')).toBeLessThan(1);
  expect(weightOf('quuxification')).toBeGreaterThan(weightOf('overflow'));
});

test('a sketch estimates the share of common word pairs within its error', () => {
  const words = Array.from({ length: 400 }, (_, index) => `w${index}`);
  // 300 of 500 pairs in common: likeness 0.6 (one pair at the seam differs).
  const other = [...words.slice(0, 300), ...Array.from({ length: 100 }, (_, index) => `x${index}`)];

  expect(sketchOf(words)).toHaveLength(sketchSize);
  expect(likeness(sketchOf(words), sketchOf(words))).toBe(1);
  expect(Math.abs(likeness(sketchOf(words), sketchOf(other)) - 0.6)).toBeLessThan(0.2);
  expect(likeness(sketchOf(words), sketchOf(words.map((word) => `y${word}`)))).toBeLessThan(0.1);
  expect(likeness(sketchOf([]), sketchOf([]))).toBe(0);
});

test('hashes are what they were: keys are stored', () => {
  expect(hash64('')).toBe(hash64(''));
  expect([hash64('fixed\nacme\n1.4'), hash64('term\nacme\noverflow')]).toMatchInlineSnapshot(`
    [
      7974345807608577803n,
      -6130325924034436325n,
    ]
  `);
  expect(sketchOf(['use', 'after', 'free']).slice(0, 6)).toMatchInlineSnapshot(`
    [
      12941544,
      42186602,
      43990510,
      10676495,
      59461018,
      21696861,
    ]
  `);
});

test.each([
  ['github.com/acme/reader/v2', ['reader', 'acme']],
  ['tensorflow-cpu', ['tensorflowcpu', 'tensorflow']],
  ['node.js', ['nodejs', 'node']],
  ['python', ['python']],
  ['io.netty:netty-codec-http2', ['nettycodechttp2', 'netty']],
  ['@scope/left-pad', ['leftpad', 'left', 'scope']],
  ['constructor', ['constructor']],
  ['-', []],
])('the name %s has the cores %j', (name, cores) => {
  expect(coresOf(name).slice(0, cores.length)).toEqual(cores);
});

test('two runs of one crash have one stack: addresses, lines and builds are left out', () => {
  const one = stackOf(`==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602 at pc 0x55
    #0 0x4f1 in __asan_memcpy /llvm/asan.cc:22
    #1 0x55d in png_read_row /src/libpng/pngread.c:12:3
    #2 0x55e in read_image.isra.0 /src/libpng/pngread.c:90:1
    #3 0x56f in LLVMFuzzerTestOneInput /src/fuzz.cc:5`);
  const other = stackOf(`==99==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x7f at pc 0x01
    #0 0x111 in png_read_row /build/libpng/pngread.c:14:3
    #1 0x222 in read_image /build/libpng/pngread.c:95:1`);

  expect(one).toEqual({ kind: 'heap-buffer-overflow', frames: ['png_read_row', 'read_image'] });
  expect(other).toEqual(one);
});

test('stacks of Python, Java, JavaScript and Go are read', () => {
  expect(stackOf('Traceback\n  File "app/views.py", line 3, in handle\n    x()\nValueError: bad')).toEqual({
    kind: 'valueerror',
    frames: ['handle'],
  });
  expect(stackOf('java.lang.NullPointerException: x\n\tat org.example.Parser.read(Parser.java:12)')).toEqual({
    kind: 'nullpointerexception',
    frames: ['org.example.Parser.read'],
  });
  expect(stackOf('TypeError: x\n    at parse (/app/index.js:1:2)')).toEqual({ kind: 'typeerror', frames: ['parse'] });
  expect(stackOf('panic: runtime error\nexample.com/mod/pkg.(*Reader).Read(0xc000)')).toEqual({
    kind: 'panic',
    frames: ['example.com/mod/pkg.(*Reader).Read'],
  });
  expect(stackOf('nothing of the kind')).toBeUndefined();
});

test('versions and ranges of two ecosystems are brought to one form', () => {
  expect(['v1.20.0', '1.20', '=1.20.0'].map(plainVersion)).toEqual(['1.20', '1.20', '1.20']);
  expect(intervalsOf(['vers:npm/>=1.0.0|<1.4.0|>=2.0.0|<2.1.0'], 'npm')).toEqual(
    intervalsOf(['>= 1.0, < 1.4 || >=2.0 <2.1'], 'npm'),
  );
  expect(intervalsOf(['all versions'], 'npm')).toEqual([]);
});

test('how ranges lie to each other', () => {
  const of = (range: string) => intervalsOf([range], 'npm');
  const overlap = (a: string, b: string) => overlapOf(of(a), of(b), orders.semver);

  expect(overlap('<1.4', '<1.4')).toBe('equal');
  expect(overlap('>=1.0 <1.2', '<1.4')).toBe('within');
  expect(overlap('<1.4', '>=1.0 <1.2')).toBe('around');
  expect(overlap('<1.4', '>=1.2 <2')).toBe('overlapping');
  expect(overlap('<1.4', '>=1.4')).toBe('apart');
  expect(overlap('<=1.4', '>=1.4')).toBe('overlapping');
  expect(overlap('', '<1')).toBe('unknown');
  expect(isAffected(of('>=1.0 <1.2'), '1.1.9', orders.semver)).toBe(true);
  expect(isAffected(of('>=1.0 <1.2'), '1.2.0', orders.semver)).toBe(false);
});

test('a weakness named at two heights is no contradiction; a pillar relates nothing (CWE view 1000)', () => {
  expect(meetingOf([787], [787, 20])).toBe('shared');
  expect(meetingOf([122], [787])).toBe('related');
  expect(meetingOf([121], [122])).toBe('related');
  expect(meetingOf([89], [79])).toBe('other');
  expect(meetingOf([], [79])).toBe('unknown');
});
