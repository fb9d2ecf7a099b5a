/**
 * A seccomp filter for programs of strangers, as classic BPF (seccomp(2), linux/filter.h): what no reproducer needs, and what kernels
 * have been broken through, answers EPERM. Namespaces and missing capabilities confine the program already; this makes the kernel that
 * it can reach smaller.
 */

interface Machine {
  /** AUDIT_ARCH_* of linux/audit.h. */
  audit: number;
  clone: number;
  ioctl: number;
  denied: number[];
  /** Numbers from here on are of another ABI (x32), which would go around the filter. */
  foreignFrom?: number;
}

/** The same in every architecture since Linux 5.1. */
const later = {
  ioUring: [425, 426, 427],
  mountApi: [428, 429, 430, 431, 432, 433, 442],
  memfdSecret: [447],
  clone3: 435,
};

// Names in the order of both lists: keyctl, add_key, request_key, bpf, perf_event_open, userfaultfd, mount, umount2, pivot_root, chroot,
// unshare, setns, kexec_load, kexec_file_load, init_module, finit_module, delete_module, open_by_handle_at, name_to_handle_at, swapon,
// swapoff, reboot, quotactl, acct, syslog, lookup_dcookie, vhangup, shmget, memfd_create (the last two: memory that no process shows).
const machines: Partial<Record<NodeJS.Architecture, Machine>> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    ioctl: 16,
    foreignFrom: 0x40000000,
    denied: [
      ...[250, 248, 249, 321, 298, 323, 165, 166, 155, 161, 272, 308, 246, 320, 175, 313, 176, 304, 303, 167, 168, 169],
      ...[179, 163, 103, 212, 153, 29, 319],
      // iopl, ioperm, modify_ldt
      ...[172, 173, 154],
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    ioctl: 29,
    denied: [
      ...[219, 217, 218, 280, 241, 282, 40, 39, 41, 51, 97, 268, 104, 294, 105, 273, 106, 265, 264, 224, 225, 142, 60],
      ...[89, 116, 18, 58, 194, 279],
    ],
  },
};

const load = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const jumpIfAnySet = 0x45;
const give = 0x06;

const allow = 0x7fff0000;
const refuse = 0x00050000 + 1; // EPERM
const unknown = 0x00050000 + 38; // ENOSYS: the C library then does it another way.

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, and NEWTIME. */
const newNamespaces = 0x7e020080;
/** Both put characters into somebody's terminal. */
const terminalInput = { tiocsti: 0x5412, tioclinux: 0x541c };

/** The filter for a machine as `bwrap --seccomp` reads it; none for one whose call numbers are not listed here. */
export function filterFor(arch: NodeJS.Architecture): Uint8Array | undefined {
  const machine = machines[arch];
  if (machine === undefined) return undefined;
  const { audit, clone, ioctl, denied, foreignFrom } = machine;
  const calls = [...denied, ...later.ioUring, ...later.mountApi, ...later.memfdSecret];
  const program: [code: number, ifTrue: number, ifFalse: number, value: number][] = [
    [load, 0, 0, 4],
    [jumpIfEqual, 1, 0, audit],
    [give, 0, 0, unknown],
    [load, 0, 0, 0],
    ...(foreignFrom === undefined
      ? []
      : ([
          [jumpIfAtLeast, 0, 1, foreignFrom],
          [give, 0, 0, unknown],
        ] as const)
    ).map((one): [number, number, number, number] => [...one]),
    ...calls.flatMap((call): [number, number, number, number][] => [
      [jumpIfEqual, 0, 1, call],
      [give, 0, 0, refuse],
    ]),
    // Its flags lie in memory, where no filter sees them.
    [jumpIfEqual, 0, 1, later.clone3],
    [give, 0, 0, unknown],
    [jumpIfEqual, 0, 4, clone],
    [load, 0, 0, 16],
    [jumpIfAnySet, 0, 1, newNamespaces],
    [give, 0, 0, refuse],
    [give, 0, 0, allow],
    [jumpIfEqual, 0, 4, ioctl],
    [load, 0, 0, 24],
    [jumpIfEqual, 1, 0, terminalInput.tiocsti],
    [jumpIfEqual, 0, 1, terminalInput.tioclinux],
    [give, 0, 0, refuse],
    [give, 0, 0, allow],
  ];
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, ifTrue);
    bytes.setUint8(index * 8 + 3, ifFalse);
    bytes.setUint32(index * 8 + 4, value, true);
  });
  return new Uint8Array(bytes.buffer);
}
