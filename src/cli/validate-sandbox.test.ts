import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Kit, Signal } from '../domain/intake/validation-kit.ts';
import type { Io } from './io.ts';
import { run } from './main.ts';
import { bubblewrapArguments, containerArguments, present, which } from './validate-sandbox.ts';
import { filterFor } from './validate-seccomp.ts';

let folder: string;
let home: string;
let path: string;
let listener: Server;
let port: number;

const isReal = which('bwrap', process.env) !== undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-sandbox-'));
  chmodSync(folder, 0o755);
  home = join(folder, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'secret.txt'), 'the secret of this home');
  // Where no bubblewrap is installed, a stand-in that takes the same arguments and confines by the same kernel means.
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  copyFileSync(new URL('testdata/stand-in-bwrap.sh', import.meta.url), join(bin, 'bwrap'));
  chmodSync(join(bin, 'bwrap'), 0o755);
  path = isReal ? `${process.env['PATH']}` : `${bin}:${process.env['PATH']}`;
  listener = createServer((socket) => socket.end('reached')).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  port = (listener.address() as { port: number }).port;
});
afterAll(() => {
  listener.close();
  rmSync(folder, { recursive: true, force: true });
});

async function assay(args: string[], env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io: Io = { stdin: Readable.from([]), stdout, stderr, env: { PATH: path, HOME: home, ...env } };
  const code = await run(['validate', ...args], io);
  return { code, out: stdout.read()?.toString() ?? '', err: stderr.read()?.toString() ?? '' };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

function kitOf(script: string, signal: Signal, changes: Partial<Kit> = {}): Kit {
  return {
    format: 'assay-validation-kit/1',
    finding: 'finding_1',
    findingDigest: `sha256:${'a'.repeat(64)}`,
    title: 'A flaw',
    claim: '',
    component: { name: 'tern', version: '1.4.2' },
    files: [
      { path: 'run.sh', content: base64(script) },
      { path: 'quiet.sh', content: base64('exit 0\n') },
    ],
    signal,
    reproduce: { command: ['sh', 'run.sh'] },
    control: { command: ['sh', 'quiet.sh'], kind: 'harmless_input' },
    timeoutSeconds: 10,
    needsNetwork: false,
    tools: [],
    ...changes,
  };
}

let count = 0;
/** Validates a kit; gives what was signed. */
async function validate(kit: Kit, ...options: string[]) {
  const file = join(folder, `kit-${++count}.json`);
  const out = join(folder, `evidence-${count}.json`);
  writeFileSync(file, JSON.stringify(kit));
  const times = ['--attempts', '1', '--controls', '1'];
  const ran = await assay([
    file,
    '--yes',
    '--out',
    out,
    '--sandbox',
    'bubblewrap',
    '--format',
    'json',
    ...times,
    ...options,
  ]);
  const verified = existsSync(out) ? JSON.parse((await assay(['verify', out, '--format', 'json'])).out) : undefined;
  return { ...ran, verified, attempt: verified?.evidence.series[0].attempts[0] };
}

/** What one script printed within the sandbox. */
async function printed(script: string, changes: Partial<Kit> = {}, ...options: string[]): Promise<string> {
  const { attempt, err } = await validate(kitOf(script, { kind: 'output', pattern: 'never' }, changes), ...options);
  expect(attempt, err).toBeDefined();
  return attempt.head + attempt.tail;
}

describe('what a reproducer reaches from within', () => {
  test('no network: not this machine, not another', async () => {
    const said = await printed(
      `cat /proc/net/dev; bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3' 2>&1; bash -c 'exec 3<>/dev/tcp/192.0.2.1/80' 2>&1\n`,
    );

    expect(said).not.toContain('reached');
    expect(said).not.toMatch(/^\s*eth|^\s*en/m);
    expect(said).toContain('lo:');
  });

  test('no network even where the kit asks for one, unless the validator allows it too', async () => {
    const script = `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3' 2>&1\n`;

    expect(await printed(script, { needsNetwork: true })).not.toContain('reached');
    expect(await printed(script, {}, '--allow-network')).not.toContain('reached');
    expect(await printed(script, { needsNetwork: true }, '--allow-network')).toContain('reached');
  });

  test('no file of the validator: home, other homes, the folder of the kits, passwords', async () => {
    const said = await printed(
      `cat ${home}/secret.txt; ls -la ${folder} /root /home ~; cat /etc/shadow /etc/passwd; find / -name 'secret.txt' 2>/dev/null; ls /\n`,
    );

    expect(said).not.toContain('the secret');
    expect(said).not.toContain('kit-');
    expect(said).not.toContain('root:');
  });

  test('no secret in the environment', async () => {
    vi.stubEnv('ASSAY_TOKEN', 'token-of-this-machine');
    const said = await printed('env; cat /proc/self/environ; cat /proc/1/environ\n');
    vi.unstubAllEnvs();

    expect(said).not.toMatch(/ASSAY|TOKEN|SSH|XDG|npm_/i);
    expect(said).toContain('HOME=/tmp');
  });

  test('no place to write but its work folder and its scratch', async () => {
    const said = await printed(
      'for at in /usr /etc /bin /lib / /dev /proc /sys /var /home; do (: > $at/planted) 2>/dev/null && echo "wrote $at"; done; : > planted && echo "wrote work"; : > /tmp/planted && echo "wrote tmp"\n',
    );

    expect(said.match(/^wrote .*/gm)).toEqual(['wrote work', 'wrote tmp']);
    expect(existsSync('/usr/planted')).toBe(false);
  });

  test('no other process, no capability, no new namespace, no privilege', async () => {
    const said = await printed(
      'ls /proc | grep -c "^[0-9]"; grep -E "CapEff|CapBnd|NoNewPrivs" /proc/self/status; unshare --user true 2>&1 && echo "made a namespace"; kill -9 -1 2>/dev/null; echo alive\n',
    );

    expect(Number(said.split('\n')[0])).toBeLessThan(8);
    expect(said).toMatch(/CapEff:\s0{16}/);
    expect(said).toMatch(/CapBnd:\s0{16}/);
    expect(said).toMatch(/NoNewPrivs:\s1/);
    expect(said).not.toContain('made a namespace');
  });
});

describe('what a reproducer may use up', () => {
  test('time: it is stopped, and everything that it began', async () => {
    const mark = `assay-orphan-${process.pid}`;
    const kit = kitOf(
      `(exec -a ${mark} sleep 300) & setsid sleep 301 & sleep 302\n`,
      { kind: 'timeout' },
      { timeoutSeconds: 1 },
    );
    const { attempt } = await validate({ ...kit, reproduce: { command: ['bash', 'run.sh'] } });

    expect(attempt).toMatchObject({ isSeen: true, ending: 'time' });
    expect(attempt.durationMs).toBeLessThan(5_000);
    const left = readdirSync('/proc').filter((id) => {
      try {
        return /^\d+$/.test(id) && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(mark);
      } catch {
        return false;
      }
    });
    expect(left).toEqual([]);
  });

  test('output: a flood is cut at 4 MiB and counts neither way', async () => {
    const { attempt, verified } = await validate(kitOf('yes\n', { kind: 'exit', code: 0 }));

    expect(attempt).toMatchObject({ isSeen: false, ending: 'output', outputBytes: 4 * 1024 * 1024 });
    expect(verified.tallies.reproduce).toEqual({ seen: 0, attempts: 0 });
  });

  test('processes: a fork bomb ends at its bound, and this machine goes on', async () => {
    const { attempt } = await validate(
      kitOf(
        'bomb() { bomb | bomb & }; bomb 2>&1; sleep 1; echo done\n',
        { kind: 'exit', code: 0 },
        { timeoutSeconds: 3 },
      ),
    );

    expect(attempt.head + attempt.tail).toMatch(/fork|Resource temporarily unavailable|done|^$/i);
    expect(attempt.durationMs).toBeLessThan(8_000);
  });

  test('disk: many files, and large ones, are stopped', async () => {
    const large = await validate(
      kitOf('for i in 1 2 3 4 5 6; do dd if=/dev/zero of=f$i bs=1M count=60 2>/dev/null; done; sleep 1\n', {
        kind: 'exit',
        code: 0,
      }),
    );
    const many = await validate(
      kitOf('i=0; while [ $i -lt 11000 ]; do : > f$i; i=$((i+1)); done\n', { kind: 'exit', code: 0 }),
    );

    expect(large.attempt.ending).toBe('disk');
    expect(many.attempt.ending).toBe('disk');
  });

  test('memory: what takes more than its share is stopped', async () => {
    const { attempt } = await validate(
      kitOf('exec perl -e \'my $x = "a" x (1500 * 1024 * 1024); sleep 5;\'\n', { kind: 'exit', code: 0 }),
    );

    expect(attempt).toMatchObject({ ending: 'memory' });
  });

  test('folders within folders are removed afterwards, however deep', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('assay-validate-'));
    await validate(
      kitOf(
        'i=0; while [ $i -lt 300 ]; do mkdir dddddddddddddddddddd && cd dddddddddddddddddddd || break; i=$((i+1)); done; chmod 000 .\n',
        {
          kind: 'exit',
          code: 0,
        },
      ),
    );

    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('assay-validate-'))).toEqual(before);
  });
});

describe('the signal', () => {
  test.each<[string, string, Signal]>([
    ['an exit code', 'exit 7', { kind: 'exit', code: 7 }],
    ['a signal as a shell says it', 'kill -SEGV $$', { kind: 'exit', code: 139 }],
    ['a pattern in its output', 'echo "wrote 4242 bytes" >&2', { kind: 'output', pattern: '^wrote \\d+ bytes$' }],
    [
      'a sanitizer’s class',
      'echo "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1"',
      { kind: 'sanitizer', class: 'heap-use-after-free' },
    ],
    ['a file', 'mkdir -p out; echo owned > out/flag', { kind: 'file', path: 'out/flag', contains: 'owned' }],
  ])('%s is seen with the reproducer and not in the control', async (_name, script, signal) => {
    const { code, verified, err } = await validate(kitOf(`${script}\n`, signal), '--attempts', '3');

    expect({ code, verdict: verified?.verdict }, err).toEqual({ code: 0, verdict: 'reproduced' });
  });

  test('a file that is a link to something of ours is no signal, and is not read', async () => {
    const scripts = [`ln -s ${home}/secret.txt out/flag`, 'mkfifo out/flag', 'mkdir out/flag'];
    const named = scripts.map((script, index) => ({ path: `${index}.sh`, content: base64(`mkdir out; ${script}\n`) }));
    const kit = kitOf(`ln -s ${home} out\n`, { kind: 'file', path: 'out/flag' });
    writeFileSync(join(home, 'flag'), 'the secret of this home');
    const { verified } = await validate({
      ...kit,
      files: [...kit.files, ...named],
      control: { command: ['sh', '0.sh'], kind: 'harmless_input' },
      baseline: { command: ['sh', '1.sh'] },
      newest: { command: ['sh', '2.sh'] },
    });

    const series: { attempts: unknown[] }[] = verified.evidence.series;
    expect(series).toHaveLength(4);
    for (const { attempts } of series) expect(attempts).toMatchObject([{ isSeen: false, ending: 'ended', exit: 0 }]);
  });

  test('that shows in the control as well makes it inconclusive', async () => {
    const kit = kitOf('exit 7\n', { kind: 'exit', code: 7 });
    const { code, verified } = await validate(
      { ...kit, control: { command: ['sh', 'run.sh'], kind: 'harmless_input' } },
      '--attempts',
      '5',
    );

    expect({ code, verdict: verified.verdict }).toEqual({ code: 1, verdict: 'inconclusive' });
  });

  test('a program that is not there is no miss', async () => {
    const kit = kitOf('', { kind: 'exit', code: 3 });
    const { verified } = await validate({ ...kit, reproduce: { command: ['no-such-program'] } }, '--attempts', '5');

    expect(verified.evidence.series[0].attempts[0].ending).toBe('not_started');
    expect(verified.verdict).toBe('inconclusive');
  });

  test('a pattern that would run for ever is refused, and nothing is signed', async () => {
    const kit = kitOf(`printf '%0.sa' $(seq 40); echo '!'\n`, { kind: 'output', pattern: '^(a+)+$' });
    const { code, err, verified } = await validate(kit);

    expect({ code, verified }).toEqual({ code: 1, verified: undefined });
    expect(err).toContain('takes longer than two seconds');
  });

  test('output is told as data: nothing in it moves a cursor or hides', async () => {
    const { attempt } = await validate(
      kitOf("printf '\\033[2Jhidden\\r\\342\\200\\256x\\n'\n", { kind: 'exit', code: 9 }),
    );

    expect(attempt.head).toBe('\\x1b[2Jhidden\\x0d\\u202ex\n');
  });
});

describe('before anything runs', () => {
  test('it shows what will run and asks; where nobody can be asked, it does not run', async () => {
    const file = join(folder, 'asked.json');
    writeFileSync(file, JSON.stringify({ ...kitOf('exit 7\n', { kind: 'exit', code: 7 }), title: 'A \u001b[31mflaw' }));

    const { code, err } = await assay([file, '--sandbox', 'bubblewrap']);

    expect(code).toBe(2);
    expect(err).toContain('Claimed flaw: A \\x1b[31mflaw');
    expect(err).toContain('reproduce, 5 times: sh run.sh');
    expect(err).toContain('Network:      none');
    expect(err).toContain('say --yes');
  });

  test('without a sandbox it refuses and says how to come by one', async () => {
    const file = join(folder, 'bare.json');
    writeFileSync(file, JSON.stringify(kitOf('touch /tmp/ran\n', { kind: 'exit', code: 0 })));

    const { code, err } = await assay([file, '--yes'], { PATH: '/nonexistent' });

    expect(code).toBe(1);
    expect(err).toContain('apt install bubblewrap');
    expect(err).toContain('Nothing was run');
  });

  test('an image takes a container engine, whatever else is here', async () => {
    const file = join(folder, 'image.json');
    const image = `docker.example/tern@sha256:${'0'.repeat(64)}`;
    writeFileSync(
      file,
      JSON.stringify(
        kitOf('', { kind: 'exit', code: 0 }, { reproduce: { command: ['true'], image }, control: undefined }),
      ),
    );

    const { code, err } = await assay([file, '--yes', '--sandbox', 'bubblewrap']);

    expect(code).toBe(1);
    expect(err).toContain('takes docker or podman');
  });

  test.each([
    ['no JSON', 'x', 'is not JSON'],
    ['another format', '{"format":"x"}', 'is not a validation kit'],
    [
      'a path out of the folder',
      JSON.stringify({ ...kitOf('', { kind: 'timeout' }), files: [{ path: '../x', content: '' }] }),
      'files.0.path',
    ],
    [
      'an image by tag',
      JSON.stringify(kitOf('', { kind: 'timeout' }, { reproduce: { command: ['a'], image: 'x:latest' } })),
      'by digest',
    ],
    ['a field that nobody knows', JSON.stringify({ ...kitOf('', { kind: 'timeout' }), mounts: ['/'] }), 'mounts'],
  ])('a kit that is %s is refused', async (_name, text, words) => {
    const file = join(folder, 'faulty.json');
    writeFileSync(file, text);

    const { code, err } = await assay([file, '--yes']);

    expect(code).toBe(1);
    expect(err).toContain(words);
  });
});

describe('the key', () => {
  test('is made at first use, for its owner alone, and is the same from then on', async () => {
    const file = join(folder, 'own.pem');
    const first = await assay(['key', '--key', file]);
    const second = await assay(['key', '--key', file, '--format', 'json']);

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(first.out).toContain(JSON.parse(second.out).publicKey);
    expect(JSON.parse(second.out).fingerprint).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('is refused where others may read it', async () => {
    const file = join(folder, 'open.pem');
    await assay(['key', '--key', file]);
    chmodSync(file, 0o644);

    expect(await assay(['key', '--key', file])).toMatchObject({ code: 1, err: expect.stringContaining('chmod 600') });
  });

  test('evidence that was changed, or signed by somebody else, does not verify', async () => {
    const out = join(folder, 'signed.json');
    const file = join(folder, 'signed-kit.json');
    writeFileSync(file, JSON.stringify(kitOf('exit 7\n', { kind: 'exit', code: 7 })));
    await assay([
      file,
      '--yes',
      '--out',
      out,
      '--sandbox',
      'bubblewrap',
      '--attempts',
      '3',
      '--key',
      join(folder, 'own.pem'),
    ]);
    const { publicKey } = JSON.parse((await assay(['key', '--key', join(folder, 'own.pem'), '--format', 'json'])).out);

    expect((await assay(['verify', out, '--key', publicKey])).code).toBe(0);
    expect((await assay(['verify', out])).code).toBe(1);
    const envelope = JSON.parse(readFileSync(out, 'utf8'));
    const payload = Buffer.from(envelope.payload, 'base64').toString().replace('finding_1', 'finding_2');
    writeFileSync(out, JSON.stringify({ ...envelope, payload: base64(payload) }));
    const changed = await assay(['verify', out, '--key', publicKey, '--format', 'json']);
    expect(changed.code).toBe(1);
    // What nobody is known to have said is not repeated.
    expect(JSON.parse(changed.out)).toEqual({ valid: false, problems: [expect.stringContaining('was changed')] });
  });
});

describe('arguments', () => {
  const job = { command: ['sh', 'run.sh'], work: '/work-folder', timeoutMs: 10_000, hasNetwork: false };
  const image = `docker.example/tern@sha256:${'0'.repeat(64)}`;

  test('docker and podman run an image with nothing but the work folder', async () => {
    const who = { container: 'assay-1', user: 1000, group: 1000 };
    const lines = (name: 'docker' | 'podman', hasNetwork: boolean) =>
      `${containerArguments({ name }, { ...job, image, hasNetwork }, who).join('\n')}\n`;

    await expect(lines('docker', false)).toMatchFileSnapshot('testdata/validate-docker.txt');
    await expect(lines('podman', false)).toMatchFileSnapshot('testdata/validate-podman.txt');
    expect(
      lines('docker', true)
        .split('\n')
        .filter((line) => !lines('docker', false).split('\n').includes(line)),
    ).toEqual(['bridge']);
  });

  test('bubblewrap shares nothing but the system, to be read', async () => {
    const links = [
      { from: '/bin', to: 'usr/bin' },
      { from: '/lib64', to: '/lib64' },
    ];
    const lines = `${bubblewrapArguments(job, { isFiltered: true, links }).join('\n')}\n`;

    await expect(lines).toMatchFileSnapshot('testdata/validate-bubblewrap.txt');
  });

  test('a filter is a whole number of instructions, ends by allowing, and is there for both common machines', () => {
    for (const arch of ['x64', 'arm64'] as const) {
      const filter = filterFor(arch) as Uint8Array;
      expect(filter.length % 8).toBe(0);
      const last = new DataView(filter.buffer, filter.length - 8);
      expect([last.getUint16(0, true), last.getUint32(4, true)]).toEqual([0x06, 0x7fff0000]);
    }
    expect(filterFor('mips')).toBeUndefined();
  });
});

describe('a container engine', () => {
  const image = `docker.example/tern@sha256:${'0'.repeat(64)}`;
  let bin: string;
  let calls: string;

  // Answers as the client of an engine does, and runs the command in the folder that is mounted as /work. It confines nothing: what is
  // tried here is what is asked of an engine, and what is made of its answers.
  beforeAll(() => {
    bin = join(folder, 'engine');
    calls = join(folder, 'calls');
    mkdirSync(bin);
    const script = [
      '#!/bin/bash',
      `printf '%s\\n' "$*" >> ${calls}`,
      '[ "$1" = version ] && echo 28.2.2 && exit 0',
      '[ "$1" = run ] || exit 0',
      'while [ $# -gt 0 ]; do',
      '  case "$1" in --volume) work=$(echo "$2" | cut -d: -f1); shift ;; --entrypoint) program=$2; shift ;; docker.example/*) shift; break ;; esac',
      '  shift',
      'done',
      'cd "$work" || exit 125',
      '"$program" "$@"',
    ];
    writeFileSync(join(bin, 'docker'), `${script.join('\n')}\n`, { mode: 0o755 });
  });

  const tried = async (script: string, signal: Signal, changes: Partial<Kit> = {}) => {
    writeFileSync(calls, '');
    const run = { command: ['sh', 'run.sh'], image };
    const kit = kitOf(`${script}\n`, signal, {
      reproduce: run,
      control: { ...run, command: ['true'], kind: 'harmless_input' },
    });
    const file = join(folder, 'engine-kit.json');
    const out = join(folder, `engine-${++count}.json`);
    writeFileSync(file, JSON.stringify({ ...kit, ...changes }));
    const options = ['--yes', '--sandbox', 'docker', '--attempts', '3', '--controls', '1', '--out', out];
    const ran = await assay([file, ...options], { PATH: `${bin}:${path}` });
    const verified = existsSync(out) ? JSON.parse((await assay(['verify', out, '--format', 'json'])).out) : undefined;
    return { ...ran, verified, asked: readFileSync(calls, 'utf8').trim().split('\n') };
  };

  test('runs the image of the kit, and evidence names it', async () => {
    const { code, verified, asked, err } = await tried('exit 7', { kind: 'exit', code: 7 });

    expect({ code, verdict: verified?.verdict }, err).toEqual({ code: 0, verdict: 'reproduced' });
    expect(verified.evidence.environment).toMatchObject({ sandbox: 'docker 28.2.2', image });
    const run = asked.filter((line) => line.startsWith('run '));
    expect(run).toHaveLength(4);
    for (const line of run) expect(line).toMatch(/--network none --read-only --cap-drop ALL .*no-new-privileges/);
  });

  test('that fails by itself is no attempt: nothing is signed', async () => {
    const { code, err, verified } = await tried('exit 125', { kind: 'exit', code: 7 });

    expect({ code, verified }).toEqual({ code: 1, verified: undefined });
    expect(err).toContain('docker does not run this');
  });

  test('whose container the kernel ended counts neither way', async () => {
    const { verified } = await tried('exit 137', { kind: 'exit', code: 7 });

    expect(verified.tallies.reproduce).toEqual({ seen: 0, attempts: 0 });
    expect(verified.evidence.series[0].attempts[0]).toMatchObject({ ending: 'memory', exit: 137 });
  });

  test('is told to end a container whose time is over', async () => {
    const { verified, asked } = await tried('sleep 60', { kind: 'timeout' }, { timeoutSeconds: 1 });

    expect(verified.verdict).toBe('reproduced');
    const [, name] = /--name (assay-[0-9a-f]{16})/.exec(asked.find((line) => line.startsWith('run ')) ?? '') ?? [];
    expect(asked).toContain(`kill ${name}`);
  });
});

test('an engine that is installed and does not answer is no sandbox', () => {
  const bin = join(folder, 'dead');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });

  expect(present({ PATH: bin }).found).toEqual([]);
  expect(present({ PATH: bin }).missing.join()).toContain('its engine does not answer');
});
