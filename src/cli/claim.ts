/**
 * `assay claim`: claims scans at an instance and asks whether others have claimed the same.
 *
 * Exit 0: done; `ask` was answered `clear`. 1: refused, or `ask` was answered `conflict` or `ask_broker`. 2: used wrongly.
 * After `register` follows what the maintainers of the package ask of those who scan it. With `--format json`, `ask` prints `{answer}`, all
 * others print claims as `GET /api/v1/claims/{id}` gives them, one a line, `register` with `policies` beside it.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import type { ClaimAnswer, Claims, ClaimView, IntakePolicies, RegisterClaim } from '../api/contract/claims.ts';
import { type Authority, authorityKinds, type Disclosure, disclosures } from '../domain/intake/claim.ts';
import { machineReportNames } from '../domain/intake/intake-policy.ts';
import { type Technique, targetText, techniqueNames, techniques } from '../domain/intake/scope.ts';
import * as client from './client.ts';
import { Exit, exitCode, type Io, plain } from './io.ts';

type Claim = z.infer<typeof ClaimView>;
type Policy = z.infer<typeof IntakePolicies>['items'][number];

interface Common {
  server?: string;
  format: 'text' | 'json';
}

interface NewClaim extends Common {
  versions?: string;
  path?: string;
  host?: boolean;
  technique: Technique;
  onlyTechnique?: boolean;
  authority: Authority['kind'];
  from: string;
  authorityUrl?: string;
  reference?: string;
  authorityUntil?: string;
  days?: number;
  brokerOnly?: boolean;
  counted?: boolean;
  note?: string;
}

export function register(program: Command, io: Io): void {
  const claim = program.command('claim').description('claim scans, and ask whether others have claimed the same');
  const command = (name: string, description: string) =>
    claim
      .command(name)
      .description(description)
      .option('--server <url>', 'address of the instance (or ASSAY_URL); a token of claims:write in ASSAY_TOKEN')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));

  command('register', 'register a claim; it is a lease, and no permission to scan')
    .argument(
      '<target>',
      'package URL without a version, such as pkg:npm/left-pad; with --host the full name of a host',
    )
    .option('--host', 'the target is a host')
    .option('--versions <range>', 'versions, such as "vers:npm/>=1.0|<2.0" (default: all)')
    .option('--path <path>', 'a path within the source tree (default: the whole)')
    .addOption(new Option('--technique <technique>', 'how you scan').choices(techniques).makeOptionMandatory())
    .option('--only-technique', 'only work by the same technique overlaps, where the other side says the same')
    .addOption(
      new Option('--authority <kind>', 'where your authority to scan comes from')
        .choices(authorityKinds)
        .makeOptionMandatory(),
    )
    .requiredOption('--from <name>', 'who gives it: the owner of the software or host')
    .option('--authority-url <url>', 'address of the published policy')
    .option('--reference <text>', 'which written permission, of which day, kept where')
    .option('--authority-until <instant>', 'until when it holds, such as 2026-12-31T00:00:00.000Z')
    .option('--days <days>', 'how long the claim lasts, 30 at most (default: 7)', wholeNumber)
    .option('--broker-only', `questions of others are answered "ask_broker" (default: "conflict")`)
    .option('--counted', 'the coverage board may count it, late and without a name')
    .option('--note <text>', 'for your own organisation')
    .action((target: string, options: NewClaim) =>
      speak(io, options, async (instance) => {
        const body = bodyOf(target, options);
        const made = await client.json<Claim>(instance, '/api/v1/claims', { method: 'POST', body });
        const policies = options.host ? [] : await askedOf(instance, target);
        if (options.format === 'json') io.stdout.write(`${JSON.stringify({ ...made, policies })}\n`);
        else {
          print(io, options, made);
          for (const line of policies.flatMap(linesOf)) io.stdout.write(`${line}\n`);
        }
      }),
    );

  command('list', 'claims of your organisation, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(['open', 'ended']))
    .action((options: Common & { state?: string }) =>
      speak(io, options, async (instance) => {
        let after: string | undefined;
        do {
          const search = new URLSearchParams({ limit: '200' });
          if (options.state !== undefined) search.set('state', options.state);
          if (after !== undefined) search.set('after', after);
          const page = await client.json<z.infer<typeof Claims>>(instance, `/api/v1/claims?${search}`);
          for (const one of page.items) print(io, options, one);
          after = page.next;
        } while (after !== undefined);
      }),
    );

  const post = (id: string, act: string) => `/api/v1/claims/${encodeURIComponent(id)}/${act}`;
  command('renew', 'go on with a claim')
    .argument('<claim>', 'its id')
    .option('--days <days>', 'how long from now, 30 at most (default: 7)', wholeNumber)
    .action((id: string, options: Common & { days?: number }) =>
      speak(io, options, async (instance) => {
        const body = options.days === undefined ? {} : { days: options.days };
        print(io, options, await client.json<Claim>(instance, post(id, 'renewals'), { method: 'POST', body }));
      }),
    );
  for (const [name, as, description] of [
    ['finish', 'finished', 'end a claim whose work is done'],
    ['cancel', 'cancelled', 'end a claim whose work is not to be done'],
  ] as const) {
    command(name, description)
      .argument('<claim>', 'its id')
      .action((id: string, options: Common) =>
        speak(io, options, async (instance) => {
          print(io, options, await client.json<Claim>(instance, post(id, 'end'), { method: 'POST', body: { as } }));
        }),
      );
  }

  command('ask', 'ask whether others have claimed a scope inside your own claim')
    .argument('<claim>', 'the id of your claim')
    .option('--versions <range>', 'a part of its versions (default: all of them)')
    .option('--path <path>', 'a path within its own (default: its own)')
    .action((id: string, options: Common & { versions?: string; path?: string }) =>
      speak(io, options, async (instance) => {
        const { versions, path } = options;
        const body = { claim: id, ...(versions !== undefined && { versions }), ...(path !== undefined && { path }) };
        const said = await client.json<z.infer<typeof ClaimAnswer>>(instance, '/api/v1/claim-queries', {
          method: 'POST',
          body,
        });
        io.stdout.write(`${options.format === 'json' ? JSON.stringify(said) : answerWords[said.answer]}\n`);
        if (said.answer !== 'clear') throw new Exit(exitCode.findings);
      }),
    );
}

const answerWords: Record<z.infer<typeof ClaimAnswer>['answer'], string> = {
  clear: 'clear: no overlapping claim is known here. That is no permission to scan.',
  conflict:
    'conflict: another organisation has claimed an overlapping scope. In the browser you can ask to be introduced.',
  ask_broker: 'ask_broker: ask the broker of the instance before you go on.',
};

/** What is stated for a package now, the newest first: one page, which is more than anybody reads. */
async function askedOf(instance: client.Instance, purl: string): Promise<Policy[]> {
  const path = `/api/v1/intake-policies?${new URLSearchParams({ purl })}`;
  return (await client.json<z.infer<typeof IntakePolicies>>(instance, path)).items;
}

/** A statement in plain lines; its words come from outside and stay on one line each. */
function linesOf({ policy, standing, statedBy, statedAt }: Policy): string[] {
  const said = (name: string, text: string | undefined) =>
    text === undefined || text === '' ? [] : [`  ${name}: ${plain(text.replace(/\s+/g, ' '))}`];
  const { machineReports, reportsPerWeek } = policy;
  return [
    `What ${plain(statedBy.person)} of ${plain(statedBy.organisation)} asks since ${statedAt.slice(0, 10)} (${standing === 'confirmed' ? 'proof seen by a coordinator' : 'not confirmed'}):`,
    ...(policy.isOptOut ? ['  Ask the maintainers before you scan.'] : []),
    ...said('Reports a week', reportsPerWeek === undefined ? undefined : `${reportsPerWeek} at most`),
    ...said('Machines', machineReports && machineReportNames[machineReports]),
    ...said('Languages', policy.languages.join(', ')),
    ...said('Welcome', policy.preferredTechniques.map((one) => techniqueNames[one]).join(', ')),
    ...said('Refused', policy.refuses),
    ...said('Contact', policy.contact),
    ...said('security.txt', policy.securityTxt),
  ];
}

const disclosureOf = (isBrokerOnly: boolean | undefined): Disclosure => disclosures[isBrokerOnly ? 1 : 0];

function bodyOf(target: string, options: NewClaim): z.input<typeof RegisterClaim> {
  const { versions, path, technique, days, note, authorityUrl, reference, authorityUntil } = options;
  return {
    scope: {
      ...(options.host ? { host: target } : { purl: target }),
      ...(versions !== undefined && { versions }),
      ...(path !== undefined && { path }),
      technique,
      ...(options.onlyTechnique && { isTechniqueBound: true }),
    },
    authority: {
      kind: options.authority,
      from: options.from,
      ...(authorityUrl !== undefined && { url: authorityUrl }),
      ...(reference !== undefined && { reference }),
      ...(authorityUntil !== undefined && { until: authorityUntil }),
    },
    disclosure: disclosureOf(options.brokerOnly),
    isCounted: options.counted ?? false,
    ...(days !== undefined && { days }),
    ...(note !== undefined && { note }),
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('Give a whole number of days.');
  return Number(text);
}

/** Says what the instance said where it refuses, and ends with the code of a refusal. */
async function speak(io: Io, options: Common, act: (instance: client.Instance) => Promise<void>): Promise<void> {
  try {
    await act(client.instanceOf(io, options.server));
  } catch (error) {
    if (!(error instanceof client.ClientError)) throw error;
    io.stderr.write(`${plain(error.message)}\n`);
    throw new Exit(exitCode.findings);
  }
}

function print(io: Io, { format }: Common, claim: Claim): void {
  if (format === 'json') {
    io.stdout.write(`${JSON.stringify(claim)}\n`);
    return;
  }
  const { scope } = claim;
  const what = [targetText(scope), scope.versions, scope.path === '' ? 'whole tree' : scope.path, scope.technique];
  const when = claim.state === 'claimed' ? `until ${claim.until}` : `${claim.state} ${claim.endedAt}`;
  io.stdout.write(`${claim.id}\t${when}\t${what.map(plain).join('\t')}\n`);
}
