import { expect, test } from 'vitest';
import { filterFor } from './validate-seccomp.ts';

const allow = 0x7fff0000;
const eperm = 0x00050001;
const enosys = 0x00050026;
const audit = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** What the kernel would answer: the few instructions of classic BPF that the filter uses, over struct seccomp_data. */
function answer(arch: 'x64' | 'arm64', call: { arch?: number; number: number; args?: number[] }): number {
  const filter = filterFor(arch) as Uint8Array;
  const view = new DataView(filter.buffer);
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.arch ?? audit[arch], true);
  (call.args ?? []).forEach((arg, index) => {
    data.setBigUint64(16 + index * 8, BigInt(arg), true);
  });
  let held = 0;
  for (let at = 0; at < filter.length / 8; at++) {
    const [code, yes, no, value] = [
      view.getUint16(at * 8, true),
      view.getUint8(at * 8 + 2),
      view.getUint8(at * 8 + 3),
      view.getUint32(at * 8 + 4, true),
    ];
    if (code === 0x20) held = data.getUint32(value, true);
    else if (code === 0x15) at += held === value ? yes : no;
    else if (code === 0x35) at += held >= value ? yes : no;
    else if (code === 0x45) at += (held & value) !== 0 ? yes : no;
    else if (code === 0x06) return value;
    else throw new Error(`instruction ${code}`);
  }
  throw new Error('The filter does not end.');
}

const calls = {
  x64: {
    read: 0,
    execve: 59,
    fork: 57,
    socket: 41,
    ptrace: 101,
    clone: 56,
    ioctl: 16,
    mount: 165,
    keyctl: 250,
    bpf: 321,
    unshare: 272,
    io_uring_setup: 425,
    memfd_create: 319,
  },
  arm64: {
    read: 63,
    execve: 221,
    fork: 220,
    socket: 198,
    ptrace: 117,
    clone: 220,
    ioctl: 29,
    mount: 40,
    keyctl: 219,
    bpf: 280,
    unshare: 97,
    io_uring_setup: 425,
    memfd_create: 279,
  },
} as const;

test.each(['x64', 'arm64'] as const)('%s: what a program needs is allowed, what breaks kernels is refused', (arch) => {
  const of = calls[arch];
  for (const name of ['read', 'execve', 'fork', 'socket', 'ptrace'] as const) {
    expect(answer(arch, { number: of[name], args: [17] }), name).toBe(allow);
  }
  for (const name of ['mount', 'keyctl', 'bpf', 'unshare', 'io_uring_setup', 'memfd_create'] as const) {
    expect(answer(arch, { number: of[name] }), name).toBe(eperm);
  }
});

test.each(['x64', 'arm64'] as const)('%s: processes and threads may be made, namespaces may not', (arch) => {
  const { clone } = calls[arch];
  expect(answer(arch, { number: clone, args: [17] })).toBe(allow);
  expect(answer(arch, { number: clone, args: [0x3d0f00] })).toBe(allow);
  for (const flag of [0x10000000, 0x20000000, 0x40000000, 0x00020000, 0x02000000]) {
    expect(answer(arch, { number: clone, args: [flag | 17] })).toBe(eperm);
  }
  // Its flags cannot be seen: the C library is sent back to clone.
  expect(answer(arch, { number: 435 })).toBe(enosys);
});

test.each(['x64', 'arm64'] as const)('%s: nobody types into a terminal', (arch) => {
  const { ioctl } = calls[arch];
  expect(answer(arch, { number: ioctl, args: [1, 0x5401] })).toBe(allow);
  expect(answer(arch, { number: ioctl, args: [1, 0x5412] })).toBe(eperm);
  expect(answer(arch, { number: ioctl, args: [1, 0x541c] })).toBe(eperm);
});

test('no other way of calling goes around the filter: 32-bit programs, x32', () => {
  expect(answer('x64', { arch: 0x40000003, number: 0 })).toBe(enosys);
  expect(answer('x64', { number: 0x40000000 + 321 })).toBe(enosys);
});
