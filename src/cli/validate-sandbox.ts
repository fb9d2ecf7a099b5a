/**
 * Where a reproducer of a stranger runs: in a container of an engine that is present, or else in bubblewrap; never without one. What it
 * may touch is one work folder. Nothing here decides what is run.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { accessSync, constants, lstatSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Ending } from '../domain/intake/validation.ts';
import { filterFor } from './validate-seccomp.ts';

export const sandboxNames = ['docker', 'podman', 'bubblewrap'] as const;
export type SandboxName = (typeof sandboxNames)[number];

export interface Sandbox {
  name: SandboxName;
  /** The program itself. */
  path: string;
  version: string;
}

export interface Job {
  command: readonly string[];
  /** By digest; a container engine runs images and nothing else, bubblewrap the programs of this system. */
  image?: string | undefined;
  /** The one folder that it may write to; `/work` inside. */
  work: string;
  timeoutMs: number;
  hasNetwork: boolean;
}

export interface Outcome {
  ending: Ending;
  /** As a shell says it. Absent where a limit stopped it. */
  exit?: number | undefined;
  durationMs: number;
  stdout: Buffer;
  stderr: Buffer;
}

/** What one run may use. */
export const limits = {
  outputBytesMax: 4 * 1024 * 1024,
  workBytesMax: 64 * 1024 * 1024,
  workFilesMax: 10_000,
  memoryBytesMax: 1024 * 1024 * 1024,
  processesMax: 64,
  openFilesMax: 256,
} as const;

const scratchBytes = 64 * 1024 * 1024;
const sharedMemoryBytes = 16 * 1024 * 1024;
const watchMs = 100;
/** Exit codes of a container engine: its own failure, and a container that was killed. */
const engineFailed = 125;
const killed = 137;
/** After this much of folders within folders nobody looks any further. */
const depthMax = 40;
/** Nobody: what a superuser's reproducer runs as. */
const nobody = 65_534;
const path = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

/** The program of this name in the folders of PATH. */
export function which(name: string, env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (!folder.startsWith('/')) continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (lstatSync(file).isDirectory()) continue;
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** The sandboxes that work on this machine, container engines first, and why the others do not. */
export function present(env: NodeJS.ProcessEnv, wanted?: SandboxName): { found: Sandbox[]; missing: string[] } {
  const found: Sandbox[] = [];
  const missing: string[] = [];
  for (const name of wanted === undefined ? sandboxNames : [wanted]) {
    const program = which(name === 'bubblewrap' ? 'bwrap' : name, env);
    if (program === undefined) {
      missing.push(`${name} is not installed`);
      continue;
    }
    const asked =
      name === 'bubblewrap'
        ? ['--version']
        : ['version', '--format', name === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}'];
    const answer = spawnSync(program, asked, { encoding: 'utf8', timeout: 10_000 });
    const version = /\d+\.\d+[\w.+~-]*/.exec(answer.stdout ?? '')?.[0];
    if (answer.status !== 0 || version === undefined) {
      missing.push(
        name === 'bubblewrap' ? 'bubblewrap does not start' : `${name} is installed, but its engine does not answer`,
      );
      continue;
    }
    // --disable-userns and --size came with 0.8 and 0.7.
    if (name === 'bubblewrap' && Number.parseFloat(version) < 0.8) {
      missing.push(`bubblewrap ${version} is too old: 0.8 or later is needed`);
      continue;
    }
    found.push({ name, path: program, version });
  }
  return { found, missing };
}

/** How to come by a sandbox, for who has none. */
export const installHelp =
  'Install one: "apt install bubblewrap" (Debian, Ubuntu), "dnf install bubblewrap" (Fedora), or podman or docker for kits with a container image.';

/** Arguments of `docker run` and `podman run`. `user` is the numeric user that owns the work folder. */
export function containerArguments(
  { name }: Pick<Sandbox, 'name'>,
  { command, image, work, hasNetwork }: Job,
  { container, user, group }: { container: string; user: number; group: number },
): string[] {
  const [program = '', ...rest] = command;
  // The client would hand its own proxies, with their passwords, to the container.
  const proxies = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy'];
  return [
    'run',
    '--rm',
    ...['--name', container],
    ...['--pull', 'never'],
    ...['--network', hasNetwork ? 'bridge' : 'none'],
    '--read-only',
    ...['--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges'],
    ...['--pids-limit', String(limits.processesMax)],
    ...['--memory', String(limits.memoryBytesMax), '--memory-swap', String(limits.memoryBytesMax)],
    ...['--cpus', '1'],
    ...['--ulimit', 'core=0'],
    ...['--ulimit', `fsize=${limits.workBytesMax}`],
    ...['--ulimit', `nofile=${limits.openFilesMax}`],
    ...['--ipc', 'private', '--shm-size', String(sharedMemoryBytes)],
    ...['--tmpfs', `/tmp:rw,nosuid,nodev,exec,size=${scratchBytes}`],
    ...['--volume', `${work}:/work:rw,Z`],
    ...['--workdir', '/work'],
    ...['--hostname', 'sandbox'],
    ...['--user', `${user}:${group}`],
    ...(name === 'podman' && user !== nobody ? ['--userns', 'keep-id'] : []),
    ...['--env', 'HOME=/tmp', '--env', 'LANG=C.UTF-8'],
    ...proxies.flatMap((proxy) => ['--env', `${proxy}=`, '--env', `${proxy.toUpperCase()}=`]),
    ...['--entrypoint', program],
    image ?? '',
    ...rest,
  ];
}

/** Arguments of `bwrap`. `isFiltered` says that a seccomp filter comes in as file descriptor 3. */
export function bubblewrapArguments(
  { command, work, hasNetwork, timeoutMs }: Job,
  { isFiltered, links }: { isFiltered: boolean; links: readonly { from: string; to: string }[] },
): string[] {
  const read = (one: string) => ['--ro-bind-try', one, one];
  const seconds = Math.ceil(timeoutMs / 1000);
  return [
    ...['--unshare-user', '--unshare-all', ...(hasNetwork ? ['--share-net'] : [])],
    '--disable-userns',
    ...['--uid', String(nobody), '--gid', String(nobody), '--hostname', 'sandbox'],
    ...['--cap-drop', 'ALL'],
    ...['--new-session', '--die-with-parent'],
    ...(isFiltered ? ['--seccomp', '3'] : []),
    ...['--ro-bind', '/usr', '/usr'],
    ...links.flatMap(({ from, to }) => (to === from ? read(from) : ['--symlink', to, from])),
    ...['/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d', '/etc/alternatives'].flatMap(read),
    ...(hasNetwork
      ? ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/ssl', '/etc/pki'].flatMap(read)
      : []),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--size', String(sharedMemoryBytes), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', String(scratchBytes), '--tmpfs', '/tmp'],
    ...['--bind', work, '/work', '--chdir', '/work'],
    // What bubblewrap builds itself is a tmpfs of its own, and without a size.
    ...['--remount-ro', '/'],
    '--clearenv',
    ...[
      '--setenv',
      'PATH',
      path,
      '--setenv',
      'HOME',
      '/tmp',
      '--setenv',
      'TMPDIR',
      '/tmp',
      '--setenv',
      'LANG',
      'C.UTF-8',
    ],
    '--',
    // Counted within the sandbox's own user namespace: other programs of the same person do not count.
    ...['/usr/bin/prlimit', `--nproc=${limits.processesMax}`, `--nofile=${limits.openFilesMax}`, '--core=0'],
    ...[`--fsize=${limits.workBytesMax}`, `--cpu=${seconds + 1}`, '--'],
    ...command,
  ];
}

/** Folders beside /usr that programs expect: links into it on most systems, folders of their own on some. */
function systemLinks(): { from: string; to: string }[] {
  return ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((from) => {
    try {
      return [{ from, to: lstatSync(from).isSymbolicLink() ? `usr${from}` : from }];
    } catch {
      return [];
    }
  });
}

/** Who the reproducer runs as: whoever asks, and nobody in place of the superuser. The work folder must be theirs. */
export function runsAs(): { user: number; group: number } {
  const { uid, gid } = userInfo();
  return uid === 0 ? { user: nobody, group: nobody } : { user: uid, group: gid };
}

/** What a person is told confines the runs. */
export function describe({ name, version }: Sandbox): string {
  if (name !== 'bubblewrap') return `${name} ${version}`;
  return `bubblewrap ${version}${filterFor(process.arch) === undefined ? ' without seccomp' : ' with seccomp'}`;
}

/**
 * Runs one command, confined, until it ends, a limit stops it or `abort` does. `scratch` is a folder of ours, apart from the work folder.
 * Throws when the sandbox itself cannot be started.
 */
export async function execute(sandbox: Sandbox, job: Job, scratch: string, abort?: AbortSignal): Promise<Outcome> {
  const { user, group } = runsAs();
  const container = `assay-${randomBytes(8).toString('hex')}`;
  const isBubblewrap = sandbox.name === 'bubblewrap';
  const filter = isBubblewrap ? filterFor(process.arch) : undefined;
  const args = isBubblewrap
    ? bubblewrapArguments(job, { isFiltered: filter !== undefined, links: systemLinks() })
    : containerArguments(sandbox, job, { container, user, group });
  const filterFile = join(scratch, 'filter');
  if (filter !== undefined) writeFileSync(filterFile, filter);
  const startedMs = performance.now();
  const child = spawn(sandbox.path, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...(filter === undefined ? [] : [openSync(filterFile, 'r')])],
    // A container engine's client needs its own settings; the container gets none of them.
    env: isBubblewrap ? { PATH: path } : process.env,
    detached: true,
    // The superuser's bubblewrap would leave the reproducer the superuser's files.
    ...(isBubblewrap && userInfo().uid === 0 && { uid: user, gid: group }),
  });
  let ending: Ending = 'ended';
  let isStopped = false;
  const stop = (why: Ending) => {
    if (!isStopped) ending = why;
    isStopped = true;
    if (!isBubblewrap) spawnSync(sandbox.path, ['kill', container], { timeout: 10_000 });
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  };

  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0 };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      const room = limits.outputBytesMax - output.bytes;
      output.bytes += Math.min(room, chunk.length);
      if (room > 0) output[name].push(chunk.subarray(0, room));
      if (chunk.length > room) stop('output');
    });
  }
  const onAbort = () => stop('time');
  abort?.addEventListener('abort', onAbort);
  const timer = setTimeout(() => stop('time'), job.timeoutMs);
  const watch = setInterval(() => {
    if (isOver(job.work)) stop('disk');
    else if (isBubblewrap && memoryOf(child.pid) > limits.memoryBytesMax) stop('memory');
  }, watchMs);
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (...how) => resolve(how));
    });
    const durationMs = Math.round(performance.now() - startedMs);
    // It may have been quicker than the watch.
    if (ending === 'ended' && isOver(job.work)) ending = 'disk';
    const exit = code ?? (signal === null ? undefined : 128 + signalNumber(signal));
    if (!isBubblewrap && ending === 'ended' && exit === engineFailed) {
      throw new Error(`${sandbox.name} does not run this: ${Buffer.concat(output.stderr).toString('utf8').trim()}`);
    }
    // The kernel's answer to a container that takes more memory than its own.
    if (!isBubblewrap && ending === 'ended' && exit === killed) ending = 'memory';
    if (ending === 'ended' && (exit === 126 || exit === 127)) ending = 'not_started';
    return {
      ending,
      ...(isStopped ? {} : { exit }),
      durationMs,
      stdout: Buffer.concat(output.stdout),
      stderr: Buffer.concat(output.stderr),
    };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    abort?.removeEventListener('abort', onAbort);
  }
}

/** Fetches an image that is not here yet. */
export function fetchImage(sandbox: Sandbox, image: string): void {
  if (spawnSync(sandbox.path, ['image', 'inspect', image], { stdio: 'ignore' }).status === 0) return;
  const pulled = spawnSync(sandbox.path, ['pull', image], { encoding: 'utf8' });
  if (pulled.status !== 0)
    throw new Error(`The image could not be fetched: ${(pulled.stderr ?? '').trim().slice(0, 500)}`);
}

/** SHA-256 of a run's whole output, as it is named in evidence. */
export const digestOf = (...parts: Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return `sha256:${hash.digest('hex')}`;
};

const signalNumber = (signal: NodeJS.Signals): number =>
  ({
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGILL: 4,
    SIGABRT: 6,
    SIGBUS: 7,
    SIGFPE: 8,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGTERM: 15,
  })[signal as string] ?? 0;

/** Whether the work folder holds more than one may. Looks at names and sizes only, follows no link, and stops early. */
function isOver(work: string): boolean {
  let bytes = 0;
  let files = 0;
  const look = (folder: string, depth: number): boolean => {
    if (depth > depthMax) return true;
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch (error) {
      // Gone meanwhile, or closed to us by its owner; anything else is a tree that was made to trouble whoever looks.
      return !['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    }
    files += names.length;
    if (files > limits.workFilesMax) return true;
    for (const name of names) {
      const file = join(folder, name);
      const stat = lstatSync(file, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      bytes += stat.blocks * 512;
      if (bytes > limits.workBytesMax) return true;
      if (stat.isDirectory() && look(file, depth + 1)) return true;
    }
    return false;
  };
  try {
    return look(work, 0);
  } catch {
    return true;
  }
}

const pageBytes = 4096;

/** Memory that a process and everything below it hold, in bytes; 0 where the system does not tell. */
function memoryOf(root: number | undefined): number {
  if (root === undefined) return 0;
  const processes = new Map<number, { parent: number; bytes: number }>();
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        // The name of a program may hold blanks and brackets: what counts stands after the last one.
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        processes.set(Number(name), { parent: Number(fields[1]), bytes: Number(fields[21]) * pageBytes });
      } catch {
        // Ended meanwhile.
      }
    }
  } catch {
    return 0;
  }
  let bytes = 0;
  for (const [id, one] of processes) {
    let at: number | undefined = id;
    for (let steps = 0; at !== undefined && at !== root && steps < 200; steps++) at = processes.get(at)?.parent;
    if (at === root) bytes += one.bytes;
  }
  return bytes;
}
