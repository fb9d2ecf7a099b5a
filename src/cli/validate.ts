/** `assay validate`: runs a reproducer in a sandbox on the validator's own machine and signs what was measured. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { buffer } from 'node:stream/consumers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { Kit as KitShape, type Validations } from '../api/contract/validations.ts';
import { type Assessment, assess, type Evidence, evidenceLimits } from '../domain/intake/validation.ts';
import { type Kit, kitLimits, runsOf, type Signal } from '../domain/intake/validation-kit.ts';
import { inert } from '../domain/intake/validation-signal.ts';
import * as dsse from '../formats/dsse/document.ts';
import * as statements from '../formats/in-toto/statement.ts';
import * as validation from '../formats/in-toto/validation.ts';
import * as client from './client.ts';
import { Exit, exitCode, type Io } from './io.ts';
import * as keys from './validate-key.ts';
import * as runs from './validate-runs.ts';
import * as sandboxes from './validate-sandbox.ts';

interface Options {
  from?: string;
  out?: string;
  attempts: number;
  controls: number;
  control?: string;
  image?: string;
  sandbox?: sandboxes.SandboxName;
  allowNetwork?: boolean;
  yes?: boolean;
  key?: string;
  submit?: boolean;
  format: 'text' | 'json';
}

export function register(program: Command, io: Io): void {
  const format = () => new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text');
  const validate = program
    .command('validate')
    .description('reproduce a finding in a sandbox on this machine and sign what was measured')
    .argument('<kit>', 'validation kit: a file, - for standard input, or the id of a finding with --from')
    .option(
      '--from <url>',
      'instance to fetch the kit from (or ASSAY_URL); a token of validations:read or validations:write in ASSAY_TOKEN',
    )
    .option('--out <file>', 'where the signed evidence goes (default: the id of the finding and .dsse.json)')
    .option('--attempts <n>', 'times the reproducer is run', countOf, 5)
    .option('--controls <n>', 'times the control is run, and each other version', countOf, 2)
    .option('--control <command>', 'a control of your own, for sh -c, in place of that of the kit: a harmless input')
    .option('--image <image>', 'container image (name@sha256:...) for runs that name none')
    .addOption(new Option('--sandbox <name>', 'use this one').choices(sandboxes.sandboxNames))
    .option('--allow-network', 'give the reproducer a network, where it says that it needs one')
    .option('--yes', 'do not ask before it runs')
    .option('--key <file>', 'file of your signing key, made at first use')
    .option(
      '--submit',
      'hand the evidence in where the kit came from (a token of validations:write, which covers validations:read)',
    )
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 reproduced; 1 not reproduced, inconclusive or refused; 2 used wrongly. Nothing runs outside of a sandbox.',
    )
    .action((kit: string, options: Options) => guarded(io, () => validateKit(io, kit, options)));
  validate
    .command('key')
    .description('print the public key that your evidence is signed with, and its fingerprint')
    .option('--key <file>', 'file of your signing key, made at first use')
    .addOption(format())
    .action((_: unknown, command: Command) =>
      guarded(io, async () => {
        const options = command.optsWithGlobals<Pick<Options, 'key' | 'format'>>();
        const { publicKey, keyid } = keys.load(options.key ?? keys.defaultFile(io));
        const text = Buffer.from(publicKey).toString('base64');
        io.stdout.write(
          options.format === 'json'
            ? `${JSON.stringify({ publicKey: text, fingerprint: keyid })}\n`
            : `Public key   ${text}\nFingerprint  ${keyid}\n`,
        );
      }),
    );
  validate
    .command('verify')
    .argument('<envelope>', 'signed evidence; - reads standard input')
    .description('check the signature of evidence and apply the rule to it again, offline')
    .option('--key <key>', 'public key of the validator, or a file that holds it (default: your own)')
    .addOption(format())
    .action((envelope: string, _: unknown, command: Command) =>
      guarded(io, () => verify(io, envelope, command.optsWithGlobals<Pick<Options, 'key' | 'format'>>())),
    );
}

function countOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= evidenceLimits.attemptsMax) return count;
  throw new InvalidArgumentError(`Give a number from 1 to ${evidenceLimits.attemptsMax}.`);
}

/** What was expected to go wrong is one line on standard error; anything else is ours. */
async function guarded(io: Io, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Exit || !(error instanceof Error) || error instanceof TypeError) throw error;
    io.stderr.write(`${inert(error.message, 2000)}\n`);
    throw new Exit(exitCode.findings);
  }
}

async function textOf(io: Io, file: string, lengthMax: number): Promise<string> {
  const bytes = file === '-' ? await buffer(io.stdin) : readFileSync(file);
  if (bytes.length > lengthMax * 2) throw new Error(`${file} is larger than such a file may be.`);
  return bytes.toString('utf8');
}

/** Where a kit came from and evidence on it is handed in. */
interface Source {
  instance: client.Instance;
  validation: string;
}

async function validateKit(io: Io, name: string, options: Options): Promise<void> {
  const { kit: shared, source } = await kitOf(io, name, options);
  const kit = changed(shared, options);
  const hasNetwork = kit.needsNetwork && options.allowNetwork === true;
  const abort = new AbortController();
  const plan: runs.Plan = {
    kit,
    ...chosen(io, kit, options),
    attempts: options.attempts,
    controls: options.controls,
    hasNetwork,
    abort: abort.signal,
    onAttempt: (purpose, number, of, { isSeen, ending, exit, durationMs }) => {
      const how = exit === undefined ? ending : `exit ${exit}`;
      io.stderr.write(`  ${purpose} ${number}/${of}: ${isSeen ? 'signal' : 'no signal'} (${how}, ${durationMs} ms)\n`);
    },
  };
  io.stderr.write(`${preview(plan)}\n`);
  await askFirst(io, name, options);

  const key = keys.load(options.key ?? keys.defaultFile(io));
  const { version } = await import('../program.ts');
  const stop = () => abort.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  let evidence: Evidence;
  try {
    await runs.probe(plan);
    evidence = await runs.measure(plan, { name: 'assay', version: version() });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
  // Evidence is about the kit that was shared; a control of one's own stands in the series as what it is.
  const measured = { ...evidence, kitDigest: runs.kitDigestOf(shared) };
  const statement = validation.write({ id: shared.finding, digest: shared.findingDigest }, measured);
  const envelope = await dsse.sign(statements.payloadType, statements.write(statement), [key]);
  const text = dsse.write(envelope);
  const file = options.out ?? `${shared.finding.replace(/[^a-z0-9_]/g, '_')}.dsse.json`;
  writeFileSync(file, `${text}\n`);
  if (options.submit && source !== undefined) {
    const path = `/api/v1/validations/${encodeURIComponent(source.validation)}/evidence`;
    await client.json(source.instance, path, { method: 'POST', body: JSON.parse(text) });
  }

  const assessment = assess(measured.series);
  if (options.format === 'json') {
    io.stdout.write(
      `${JSON.stringify({ file, key: key.keyid, isSubmitted: options.submit === true, ...assessment })}\n`,
    );
  } else {
    io.stdout.write(told(assessment));
    io.stdout.write(`Signed with ${key.keyid} and written to ${file}.\n`);
    if (options.submit) io.stdout.write(`Handed in at ${source?.instance.url}.\n`);
  }
  if (assessment.verdict !== 'reproduced') throw new Exit(exitCode.findings);
}

async function kitOf(io: Io, name: string, options: Options): Promise<{ kit: Kit; source?: Source }> {
  const isId = /^(finding|validation)_[a-z0-9_]+$/.test(name);
  if (!isId && options.from !== undefined) {
    io.stderr.write('Give --from together with the id of a finding, or a file without --from.\n');
    throw new Exit(exitCode.usage);
  }
  if (!isId) {
    const kit = read(await textOf(io, name, kitLimits.kitLengthMax), name);
    if (!options.submit) return { kit };
    const instance = client.instanceOf(io);
    return { kit, source: { instance, validation: await askedIn(instance, kit.finding, runs.kitDigestOf(kit)) } };
  }
  const instance = client.instanceOf(io, options.from);
  const id = name.startsWith('validation_') ? name : await askedIn(instance, name);
  const bytes = await client.bytes(instance, `/api/v1/validations/${encodeURIComponent(id)}/kit`, {
    sizeMax: kitLimits.kitLengthMax * 4,
  });
  return { kit: read(Buffer.from(bytes).toString('utf8'), name), source: { instance, validation: id } };
}

/** The request on this finding that one was asked in and that is open. */
async function askedIn(instance: client.Instance, finding: string, kitDigest?: string): Promise<string> {
  const path = `/api/v1/validations?finding=${encodeURIComponent(finding)}`;
  const { items } = await client.json<z.infer<typeof Validations>>(instance, path);
  const open = items.find(({ can, ...one }) => can.answer && (kitDigest ?? one.kitDigest) === one.kitDigest);
  if (open === undefined) throw new client.ClientError(`${instance.url} has no open request to you on ${finding}.`);
  return open.id;
}

function read(text: string, name: string): Kit {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}`);
  }
  const found = KitShape.safeParse(value);
  if (found.success) return found.data;
  const problems = found.error.issues
    .slice(0, 20)
    .map(({ path, message }) => `  ${path.join('.') || 'kit'}: ${message}`);
  throw new Error(`${name} is not a validation kit:\n${problems.join('\n')}`);
}

/** The kit with what the validator chose instead: their own control, their own image. */
function changed(kit: Kit, { control, image }: Options): Kit {
  if (image !== undefined && !/^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/.test(image)) {
    throw new Error('Name the image by digest: name@sha256:...');
  }
  const own: Kit =
    control === undefined
      ? kit
      : { ...kit, control: { ...kit.reproduce, kind: 'harmless_input', command: ['/bin/sh', '-c', control] } };
  if (image === undefined) return own;
  const within = <R extends { image?: string | undefined }>(run: R): R => ({ ...run, image: run.image ?? image });
  return {
    ...own,
    reproduce: within(own.reproduce),
    ...(own.control && { control: within(own.control) }),
    ...(own.baseline && { baseline: within(own.baseline) }),
    ...(own.newest && { newest: within(own.newest) }),
  };
}

/** The sandboxes for what the kit runs; refuses where one is missing, and says how to come by it. */
function chosen(io: Io, kit: Kit, { sandbox }: Options): Pick<runs.Plan, 'container' | 'host'> {
  const { found, missing } = sandboxes.present(io.env, sandbox);
  const container = found.find(({ name }) => name !== 'bubblewrap');
  const host = found.find(({ name }) => name === 'bubblewrap');
  const images = runsOf(kit).map(({ run }) => run.image !== undefined);
  const needs = [
    images.includes(true) && container === undefined && 'This kit runs container images, which takes docker or podman.',
    images.includes(false) &&
      host === undefined &&
      'This kit runs programs of your own system, which takes bubblewrap; or name an image for it with --image.',
  ].filter((need) => need !== false);
  if (needs.length > 0) {
    const why = missing.length === 0 ? '' : ` Here, ${missing.join(', ')}.`;
    throw new Error(`${needs.join(' ')}${why} Nothing was run.\n${sandboxes.installHelp}`);
  }
  return { container, host };
}

const commandLine = (command: readonly string[]) =>
  command.map((word) => (/^[\w./=:@,+-]+$/.test(word) ? word : JSON.stringify(inert(word, 4096)))).join(' ');

const signalWords = (signal: Signal): string => {
  switch (signal.kind) {
    case 'exit':
      return `the command ends with ${signal.code}`;
    case 'output':
      return `its output matches ${JSON.stringify(inert(signal.pattern, 500))}`;
    case 'sanitizer':
      return `a sanitizer reports ${signal.class}`;
    case 'file':
      return `it writes the file ${inert(signal.path, 200)}${signal.contains === undefined ? '' : ` with ${JSON.stringify(inert(signal.contains, 1000))}`}`;
    case 'timeout':
      return 'it does not end in time';
  }
};

/** What will run, before it does. All of it is text of strangers, and shown as such. */
function preview(plan: runs.Plan): string {
  const { kit, hasNetwork } = plan;
  const component = [kit.component.purl ?? kit.component.name, kit.component.version].filter(Boolean).join(' ');
  const indented = inert(kit.claim, 4000)
    .split('\n')
    .map((line) => `  | ${line}`);
  const network = hasNetwork
    ? 'as any program of yours, because you allowed it'
    : kit.needsNetwork
      ? 'none; the kit says that it needs one: allow it with --allow-network'
      : 'none';
  return [
    `Claimed flaw: ${inert(kit.title, 300)}`,
    `Component:    ${inert(component, 1000)}`,
    ...(kit.claim === '' ? [] : ['What is claimed (text of a stranger):', ...indented]),
    `Signal:       ${signalWords(kit.signal)}`,
    'What will run:',
    ...runsOf(kit).map(({ purpose, run }) => {
      const sandbox = run.image === undefined ? plan.host : plan.container;
      const where = [
        sandbox && sandboxes.describe(sandbox),
        run.image,
        run.version && `version ${inert(run.version, 200)}`,
      ];
      return `  ${purpose}, ${runs.timesOf(purpose, plan)} times: ${commandLine(run.command)}  (${where.filter(Boolean).join(', ')})`;
    }),
    'Files:',
    ...kit.files.map(({ path, content }) => {
      const bytes = Buffer.from(content, 'base64');
      return `  ${inert(path, 200)}  ${bytes.length} bytes  ${sandboxes.digestOf(bytes)}`;
    }),
    `Network:      ${network}`,
    `Limits:       ${kit.timeoutSeconds} s a run, 1 GiB of memory, 64 processes, 64 MiB on disk, 4 MiB of output`,
  ].join('\n');
}

async function askFirst(io: Io, name: string, options: Options): Promise<void> {
  if (options.yes) return;
  if (!io.stdin.isTTY || name === '-') {
    io.stderr.write('Nobody can be asked here. Look at the above, then say --yes.\n');
    throw new Exit(exitCode.usage);
  }
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  const answer = await terminal.question('Run this in the sandbox? [y/N] ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Error('Nothing was run.');
}

const percent = (share: number) => `${Math.round(share * 100)}%`;

function told({ sentence, reasons, rate, policy }: Assessment): string {
  return [
    sentence,
    ...reasons.map((reason) => `  - ${inert(reason, 500)}`),
    `  - The share of attempts that show it lies between ${percent(rate.low)} and ${percent(rate.high)} (95%).`,
    `By the policy ${policy.name} ${policy.version}. It says what was measured; a coordinator decides what follows.`,
    '',
  ].join('\n');
}

async function verify(io: Io, file: string, { key, format }: Pick<Options, 'key' | 'format'>): Promise<void> {
  const publicKey = key === undefined ? keys.load(keys.defaultFile(io)).publicKey : keys.readPublicKey(key);
  if (publicKey === undefined) {
    io.stderr.write(
      'Give --key as the 44 characters that "assay validate key" prints, or as a file that holds them.\n',
    );
    throw new Exit(exitCode.usage);
  }
  const found = dsse.read((await textOf(io, file, dsse.envelopeLimits.textLengthMax)).trim(), [statements.payloadType]);
  const problems: string[] = [];
  let evidence: Evidence | undefined;
  let finding: { id: string; digest: string } | undefined;
  if ('problems' in found) problems.push(...found.problems.map(({ path, message }) => `${path}: ${message}`));
  else {
    const signers = await dsse.signersOf(found.envelope, [{ publicKey }], keys.verifySignature);
    if (signers.length === 0)
      problems.push(`It is not signed by the key ${keys.fingerprintOf(publicKey)}, or was changed.`);
    const read = statements.read(found.envelope.payload);
    const said = 'problems' in read ? read : validation.read(read.statement);
    if ('problems' in said) problems.push(...said.problems.map(({ path, message }) => `${path}: ${message}`));
    else ({ evidence, finding } = said);
  }
  const valid = problems.length === 0;
  // What nobody is known to have signed is not told as if somebody had.
  const assessment = valid && evidence !== undefined ? assess(evidence.series) : undefined;
  if (format === 'json') {
    const told = valid ? { finding, key: keys.fingerprintOf(publicKey), ...assessment, evidence } : {};
    io.stdout.write(`${JSON.stringify({ valid, problems, ...told })}\n`);
  } else {
    for (const problem of problems) io.stdout.write(`${inert(problem, 500)}\n`);
    if (assessment !== undefined && evidence !== undefined) {
      io.stdout.write(`The signature is by ${keys.fingerprintOf(publicKey)}.\n`);
      io.stdout.write(
        `Evidence on ${inert(finding?.id ?? '', 100)} (${finding?.digest}), measured ${evidence.startedAt}\n`,
      );
      io.stdout.write(`in ${inert(evidence.environment.sandbox, 200)}, ${inert(evidence.environment.os, 200)}.\n`);
      io.stdout.write(told(assessment));
    }
  }
  if (!valid) throw new Exit(exitCode.findings);
}
