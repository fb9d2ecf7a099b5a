import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../../src/api/server.ts';
import * as imports from '../../src/app/advisory/import.ts';
import * as inventories from '../../src/app/advisory/inventories.ts';
import * as inventoryLists from '../../src/app/advisory/inventory-lists.ts';
import * as packs from '../../src/app/advisory/packs.ts';
import * as agents from '../../src/app/directory/agents.ts';
import * as applications from '../../src/app/directory/applications.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as letters from '../../src/app/evidence/letters.ts';
import * as desk from '../../src/app/evidence/readings.ts';
import * as registrations from '../../src/app/evidence/registrations.ts';
import * as results from '../../src/app/evidence/results.ts';
import * as runImport from '../../src/app/evidence/run-import.ts';
import * as runs from '../../src/app/evidence/runs.ts';
import * as taskPacks from '../../src/app/evidence/task-packs.ts';
import * as batches from '../../src/app/intake/batches.ts';
import * as claims from '../../src/app/intake/claims.ts';
import * as findings from '../../src/app/intake/findings.ts';
import * as intakePolicies from '../../src/app/intake/intake-policies.ts';
import * as validations from '../../src/app/intake/validations.ts';
import * as validatorKeys from '../../src/app/intake/validator-keys.ts';
import { sequence } from '../../src/app/log/sequence.ts';
import * as determinations from '../../src/app/review/determinations.ts';
import * as grants from '../../src/app/review/grants.ts';
import * as incidents from '../../src/app/review/incidents.ts';
import * as partners from '../../src/app/review/partners.ts';
import * as submissionFile from '../../src/app/review/submission-file.ts';
import * as submissions from '../../src/app/review/submissions.ts';
import type { System } from '../../src/app/system.ts';
import {
  type Actor,
  system as itself,
  type OrganisationId,
  type Role,
  roles as roleTable,
} from '../../src/domain/directory/actor.ts';
import type { Application, Said } from '../../src/domain/directory/application.ts';
import { currentTerms, digestOf } from '../../src/domain/directory/terms.ts';
import { defaults as ruleDefaults } from '../../src/domain/evidence/registration.ts';
import * as participations from '../../src/store/directory/participations.ts';
import { testSystem } from './test-system.ts';

const who = ['anonymous', 'operator', 'administrator', 'auditor', 'agent', 'other', 'missing'] as const;
type Who = (typeof who)[number];

interface Row {
  method: string;
  path: string;
  expected: Record<Who, string>;
}

/** The table that people review. */
const rows: Row[] = readFileSync(new URL('./authorization.txt', import.meta.url), 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [method = '', path = '', ...answers] = line.split(/\s+/);
    return {
      method,
      path,
      expected: Object.fromEntries(who.map((one, at) => [one, answers[at] ?? '?'])) as Row['expected'],
    };
  });

/** What the person of the column "operator" does: all of the work, and none of the administration. */
const workingRoles = ['operator', 'release_manager', 'security_lead', 'evaluator', 'delegate'] as const;

let system: System;
let server: FastifyInstance;
const routes: string[] = [];
const people = {} as Record<'operator' | 'administrator' | 'auditor' | 'other', Actor>;
let agentToken: string;
let importId: string;
let count = 0;

beforeAll(async () => {
  system = await testSystem({ env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, {
    version: 'test',
    onRoute: ({ method, url }) => {
      for (const verb of [method].flat()) if (verb !== 'HEAD') routes.push(`${verb} ${url}`);
    },
  });
  const found = async (name: string, isHost: boolean, roles: Role[][]) => {
    const made = await system.database.transaction(itself, (tx) =>
      members.found(
        system,
        tx,
        itself,
        { name, isHost, isSample: false },
        roles.map((held) => ({ name: String(held[0]), roles: held })),
      ),
    );
    return made.people.map(({ id, organisation, roles }): Actor => ({ kind: 'person', id, organisation, roles }));
  };
  const [operator, administrator, auditor] = await found('alder', true, [
    [...workingRoles],
    ['administrator'],
    ['auditor'],
  ]);
  const [other] = await found('birch', false, [[...roleTable]]);
  Object.assign(people, { operator, administrator, auditor, other });
  agentToken = (await newAgent()).token;
  const affected = [{ package: { ecosystem: 'PyPI', name: 'sample' }, versions: ['1.0'] }];
  const advisory = { schema_version: '1.7.0', id: 'PYSEC-2026-1', modified: '2026-01-01T00:00:00Z', affected };
  const source = { key: 'test', name: 'test' };
  const lines = Readable.from([Buffer.from(`${JSON.stringify(advisory)}\n`)]);
  importId = (await imports.run(system, itself, source, lines)).id;
  await packs.buildTouched(system);
  await sequence(system);
});

const newAgent = () =>
  agents.add(system, people.operator, { name: 'agent', scopes: ['log:read'], expiresAt: '2026-04-01T00:00:00.000Z' });

async function newPerson(): Promise<string> {
  const person = await members.add(system, people.administrator, {
    name: 'Somebody',
    email: `somebody${++count}@alder.example`,
    roles: ['operator'],
  });
  return person.id;
}

async function newInventory(): Promise<string> {
  const bytes = () => Readable.from([Buffer.from('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}')]);
  const upload = { fileName: 'bom.json', bytes: bytes() };
  const { id } = await inventories.keep(system, people.operator, { name: 'Ward', asset: {} }, upload);
  await inventoryLists.keepSnapshot(system, id);
  await inventories.mark(system, people.operator, id, ':key', {
    state: 'done',
    reason: '',
    vulnerabilities: ['CVE-2026-1'],
  });
  return id;
}

/** The file of a model, of which only the first organisation knows. */
async function newSubmission(): Promise<string> {
  const model = { name: 'Tern', version: `${++count}`, digest: null };
  return (await submissions.open(system, people.operator, model)).submission.id;
}

/** The organisation that is given access in these tests; every signed-in person may see its name. */
let authorityId: string;
let eventId: string;

async function newAuthority(): Promise<string> {
  if (authorityId !== undefined) return authorityId;
  const kind = { name: 'cedar', isHost: false, isSample: false };
  const { organisation } = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, []),
  );
  await system.database.transaction(itself, (tx) =>
    tx.updateTable('organisations').set({ is_shared: true }).where('id', '=', organisation.id).execute(),
  );
  authorityId = organisation.id;
  return authorityId;
}

/** A file that one authority knows of as well. */
async function newShownSubmission(): Promise<string> {
  const id = await newSubmission();
  await submissions.admit(system, people.operator, id, await newAuthority());
  return id;
}

async function newDetermination(): Promise<string> {
  const made = await determinations.prepare(system, people.operator, await newShownSubmission(), authorityId);
  return made.kept.id;
}

async function newPartner(): Promise<string> {
  const named = { name: 'Harrow Rural Hospital Network (sample)', sector: 'health', text: 'A small one.' };
  const made = await partners.suggest(system, people.operator, await newSubmission(), named);
  eventId = made.events[0]?.id as string;
  return made.kept.id;
}

/** The statement of a pack that nobody has published before. */
const newStatement = () => ({
  format: 'assay-task-pack/1',
  name: 'Locks',
  version: '1',
  size: 3,
  root: String(++count).padStart(64, '0'),
});

async function newTaskPack(): Promise<string> {
  const made = { statement: newStatement(), isOpaque: false, runsMax: 5 };
  return (await taskPacks.publish(system, people.operator, made)).id;
}

/** A plan that nobody has registered before, of one item that `newRun` has. */
const newPlan = (task = 'locks') => ({
  format: 'assay-evaluation-plan/1',
  rule: { ...ruleDefaults, title: `Do locks open? ${++count}`, threshold: 0.5 },
  task,
  scorer: 'match',
  clusterBy: null,
  items: 1,
  packRoot: null,
});

const newRegistration = async () => (await registrations.register(system, people.operator, newPlan())).registration.id;

async function newResult(): Promise<string> {
  const run = await newRun();
  const task = (await runs.load(system, people.operator, run)).run.task as string;
  const { registration } = await registrations.register(system, people.operator, newPlan(task));
  const asked = { registration: registration.id, runs: [run], card: {} };
  return (await results.compute(system, people.operator, asked)).id;
}

const newLetter = async () => (await letters.write(system, people.operator, await newResult())).id;
const otherDigest = `sha256:${'0'.repeat(64)}`;

/** An attempt on the desk, and the reading of it that the operator has in hand. */
async function newDeskItem(): Promise<string> {
  const run = await newRun();
  await desk.put(system, people.operator, run, { chosen: { samples: [1] }, reason: 'A check' });
  const [item] = await desk.list(system, people.operator, { run, limit: 1 });
  return item?.id as string;
}

async function newReading(): Promise<string> {
  const { readings } = await desk.assign(system, people.operator, await newDeskItem());
  return readings[0]?.id as string;
}

const observation = () => ({ cheating: 'none', isScoreRight: true, leftItsBounds: false });

/** A file that one authority knows of as well, with intended dates. */
async function newDatedSubmission(): Promise<string> {
  const id = await newShownSubmission();
  await submissionFile.setDates(system, people.operator, id, {
    partnerRelease: '2026-04-01',
    publicRelease: null,
    note: null,
  });
  return id;
}

/** A log as Inspect writes it, of one sample with one event; each differs by its name. */
const evaluationLog = () => ({
  version: 2,
  status: 'success',
  eval: { task: `locks ${++count}`, model: 'tern', created: '2026-02-01T10:00:00+00:00', dataset: {}, config: {} },
  results: { scores: [] },
  stats: {},
  samples: [
    { id: 1, epoch: 1, input: '', target: '', scores: { match: { value: 1 } }, events: [{ event: 'info', data: '' }] },
  ],
});

async function newRun(): Promise<string> {
  const bytes = Readable.from([Buffer.from(JSON.stringify(evaluationLog()))]);
  return (await runImport.receive(system, people.operator, { fileName: 'log.json', bytes })).run.id;
}

/** A run that is to be shared with one authority, and one that is. */
let sharedSubmission: string;

async function newShareableRun(): Promise<string> {
  sharedSubmission = await newShownSubmission();
  return newRun();
}

async function newSharedRun(): Promise<string> {
  const id = await newShareableRun();
  const parties = [people.operator.organisation as string, authorityId];
  await runs.share(system, people.operator, id, sharedSubmission, parties);
  return id;
}

/** Access that is offered to one authority, to the model of a file of the first organisation. */
let grantId: string;

async function newGrant(): Promise<string> {
  const id = await newShownSubmission();
  const terms = {
    method: 'openai_compatible',
    variant: 'shipping',
    model: 'tern',
    purposes: ['capability_evaluation'],
    ratePerMinute: null,
    hours: null,
    logging: 'counts_only',
    retentionDays: 30,
    notes: '',
    startsAt: '2026-03-01T00:00:00.000Z',
    expiresAt: '2026-04-01T00:00:00.000Z',
  } as const;
  const to = await newAuthority();
  const made = await grants.offer(system, people.operator, id, { ...terms, purposes: [...terms.purposes], to });
  grantId = made.id;
  return grantId;
}

const newGrantedSubmission = async () => {
  await newGrant();
  const { submission } = await system.database.owner
    .selectFrom('access_grants')
    .select('submission_id as submission')
    .where('id', '=', grantId)
    .executeTakeFirstOrThrow();
  return submission;
};

async function newIncident(): Promise<string> {
  const raised = { what: 'A sample.', organisations: [] };
  const made = await incidents.raise(system, people.operator, await newShownSubmission(), raised);
  return made.incident.id;
}

const newClaimBody = () => ({
  scope: { purl: `pkg:npm/sample-${++count}`, technique: 'fuzzing' as const },
  authority: { kind: 'licence' as const, from: 'MIT' },
  disclosure: 'answer' as const,
  isCounted: false,
});

const newClaim = async () => (await claims.register(system, people.operator, newClaimBody())).claim.id;

/** What a maintainer of another organisation asks: public, so that everybody may know that it is there. */
async function newIntakePolicy(): Promise<string> {
  const kind = { name: 'dogwood', isHost: false, isSample: false };
  const { people: found } = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name: 'D', roles: ['maintainer'] }]),
  );
  const [{ id, organisation, roles }] = found as [(typeof found)[0]];
  const policy = { isOptOut: true, languages: [], preferredTechniques: [] };
  const proof = { text: 'A sample.', url: 'https://dogwood.example/maintainers' };
  const stated = { purl: 'pkg:npm/sample', policy, proof };
  return (await intakePolicies.publish(system, { kind: 'person', id, organisation, roles }, stated)).id;
}

const newApplicationBody = () => ({
  name: 'Dogwood',
  kind: 'research',
  country: 'Norway',
  purpose: 'Reporting flaws.',
  contact: { name: 'D', email: `d${++count}@dogwood.example` },
  termsVersion: currentTerms.version,
});

/** An application whose address is proved, or that somebody has proposed to let in. */
async function newApplication(standing: Application = { state: 'received', exchanges: [] }): Promise<string> {
  await applications.apply(system, newApplicationBody() as Said);
  const { id } = await system.database.owner
    .updateTable('applications')
    .set({ standing: JSON.stringify(standing) })
    .where('email', '=', `d${count}@dogwood.example`)
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

const newProposal = () =>
  newApplication({
    state: 'proposed',
    exchanges: [],
    reason: 'Known to us.',
    by: 'person_somebody',
    at: '2026-03-01T09:00:00.000Z',
  });

/** Another organisation that takes part, or is suspended. */
async function newParticipation(): Promise<string> {
  const kind = { name: `elm ${++count}`, isHost: false, isSample: false };
  const { organisation } = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, []),
  );
  return organisation.id;
}

async function newSuspension(): Promise<string> {
  const id = (await newParticipation()) as OrganisationId;
  const at = system.now();
  const endsAt = '2026-03-04T00:00:00.000Z';
  await system.database.transaction(itself, (tx) =>
    participations.save(tx, id, { state: 'suspended', reason: 'A check', by: 'person_somebody', at, endsAt }, at),
  );
  return id;
}

const newReport = () => ({ title: `A flaw ${++count}`, component: { purl: 'pkg:npm/sample@1.0.0' } });
const newFinding = async () => (await findings.submit(system, people.operator, { report: newReport() })).id;

const newKit = () => ({
  format: 'assay-validation-kit/1' as const,
  finding: 'finding_x',
  findingDigest: otherDigest,
  title: 'A flaw',
  claim: '',
  component: { name: 'sample' },
  files: [],
  signal: { kind: 'exit' as const, code: 1 },
  reproduce: { command: ['false'] },
  timeoutSeconds: 1,
  needsNetwork: false,
  tools: [],
});

/** A request to the first organisation, which coordinates, to reproduce what somebody else reported. */
async function newValidation(): Promise<string> {
  const { id } = await findings.submit(system, people.other, { report: newReport() });
  const coordinator: Actor = { ...people.operator, roles: ['coordinator'], isHost: true };
  const asked = {
    finding: id,
    organisation: people.operator.organisation as string,
    endsAt: '2026-03-20T00:00:00.000Z',
  };
  return (await validations.share(system, coordinator, { ...asked, kit: newKit() })).validation.id;
}

async function newValidatorKey(): Promise<string> {
  const publicKey = Buffer.from(String(++count).padStart(32, '0')).toString('base64');
  return (await validatorKeys.register(system, people.operator, { publicKey, label: 'laptop' })).id;
}

const newBatch = async () => (await batches.begin(system, people.operator, { name: 'A sample' })).id;
const newMapping = async () =>
  (await batches.saveMapping(system, people.operator, 'sample', { title: 'Name', 'component.name': 'Package' })).name;

/** What a single row needs, where the kind's own thing does not do. */
const thingsOf: Record<string, () => Promise<string>> = {
  'DELETE /applications/:id/proposal': newProposal,
  'POST /applications/:id/confirmation': newProposal,
  'POST /participations/:id/suspension/confirmation': newSuspension,
  'DELETE /participations/:id/suspension': newSuspension,
  'GET /runs/:id/shares/preview': newShareableRun,
  'POST /runs/:id/shares': newShareableRun,
  'DELETE /runs/:id/shares/:submission': newSharedRun,
  'POST /submissions/:id/handover': newShownSubmission,
  'PUT /submissions/:id/dates/readers': newDatedSubmission,
  'POST /submissions/:id/parties/preview': newShownSubmission,
  'POST /submissions/:id/parties': newShownSubmission,
  'DELETE /submissions/:id/parties/:organisation': newShownSubmission,
  'POST /submissions/:id/determinations': newShownSubmission,
  'POST /submissions/:id/grants': newShownSubmission,
  'POST /submissions/:id/uses': newGrantedSubmission,
};

/** For each kind of thing: makes one of the first organisation's. A new one for each request, as some remove it. */
const things: Record<string, () => Promise<string>> = {
  organisations: async () => people.operator.organisation as string,
  people: newPerson,
  agents: async () => (await newAgent()).agent.id,
  applications: newApplication,
  participations: newParticipation,
  passkeys: async () => 'cGFzc2tleQ',
  'log/entries': async () => '0',
  advisories: async () => 'PYSEC-2026-1',
  imports: async () => importId,
  inventories: newInventory,
  runs: newRun,
  policies: async () => 'bod-26-04',
  submissions: newSubmission,
  determinations: newDetermination,
  partners: newPartner,
  'task-packs': newTaskPack,
  registrations: newRegistration,
  results: newResult,
  letters: newLetter,
  desk: newDeskItem,
  readings: newReading,
  grants: newGrant,
  access: newGrant,
  incidents: newIncident,
  claims: newClaim,
  'claim-introductions': async () => 'introduction_0',
  'intake-policies': newIntakePolicy,
  findings: newFinding,
  queue: newFinding,
  cases: async () => 'case_0',
  validations: newValidation,
  'validator-keys': newValidatorKey,
  batches: newBatch,
  'batch-mappings': newMapping,
  packs: async () => (await packs.list(system, itself))[0]?.file as string,
};

/** A body with which the request would be done, where one is needed. */
const bodies: Record<string, () => unknown> = {
  'POST /session/links': () => ({ email: 'somebody@alder.example' }),
  'POST /session': () => ({ token: 'not a link' }),
  'POST /organisations': () => ({ name: 'cedar', administrator: { name: 'C', email: `c${++count}@cedar.example` } }),
  'POST /applications': newApplicationBody,
  'POST /applications/proof': () => ({ token: 'not a link' }),
  'POST /applications/standing': () => ({ receipt: 'not a receipt' }),
  'POST /applications/answer': () => ({ receipt: 'not a receipt', answer: 'Yes.' }),
  'POST /applications/withdrawal': () => ({ receipt: 'not a receipt' }),
  'POST /applications/:id/questions': () => ({ question: 'Why?' }),
  'POST /applications/:id/proposal': () => ({ reason: 'Known to us.' }),
  'POST /applications/:id/refusal': () => ({ words: 'Not here.' }),
  'POST /terms/acceptances': () => ({ version: currentTerms.version, digest: digestOf(currentTerms) }),
  'POST /participation/export': () => ({ token: 'not a link' }),
  'POST /participations/:id/suspension': () => ({ reason: 'A check' }),
  'PATCH /agents/:id': () => ({ budget: { findings: 10, questions: 10 } }),
  'POST /people': () => ({ name: 'P', email: `p${++count}@alder.example`, roles: ['operator'] }),
  'POST /syncs': () => ({}),
  'PATCH /organisations/:id': () => ({ name: 'Alder & Co' }),
  'PATCH /people/:id': () => ({ name: 'Somebody else' }),
  'POST /agents': () => ({ name: 'A', scopes: ['log:read'], expiresAt: '2026-04-01T00:00:00.000Z' }),
  'POST /submissions/:id/determinations': () => ({ kind: 'request', authority: authorityId }),
  'POST /determinations/:id/events': () => ({ did: 'withdraw' }),
  'POST /submissions/:id/partners': () => ({ name: 'Harrow Rural Hospital Network (sample)', sector: 'health' }),
  'POST /partners/:id/events': () => ({ did: 'end' }),
  'POST /partners/:id/seals': () => ({ event: eventId }),
  'POST /submissions/:id/versions': () => ({ basedOn: 1, note: 'Nothing new' }),
  'POST /submissions/:id/handover/preview': () => ({ version: 1 }),
  'POST /submissions/:id/handover': () => ({
    version: 1,
    isInterim: true,
    organisations: [people.operator.organisation, authorityId],
  }),
  'PUT /submissions/:id/dates': () => ({ partnerRelease: '2026-04-01', publicRelease: null, note: null }),
  'PUT /submissions/:id/dates/readers': () => ({ organisations: [authorityId] }),
  'POST /submissions/:id/parties/preview': () => ({ organisation: authorityId }),
  'POST /submissions/:id/parties': () => ({ organisation: authorityId, handedVersion: null }),
  'POST /submissions': () => ({ model: { name: 'Tern', version: '2' } }),
  'POST /submissions/:id/window/events': () => ({
    act: 'offer',
    policy: { name: 'window-30' },
    terms: 'Sample terms 1.0',
    after: 0,
  }),
  'POST /submissions/:id/grants': () => ({
    to: authorityId,
    method: 'enclave',
    variant: 'shipping',
    model: 'tern',
    purposes: ['capability_evaluation'],
    startsAt: '2026-03-01T00:00:00.000Z',
    expiresAt: '2026-04-01T00:00:00.000Z',
  }),
  'POST /submissions/:id/uses': () => ({
    grant: grantId,
    purpose: 'capability_evaluation',
    startedAt: '2026-03-01T00:00:00.000Z',
  }),
  'POST /grants/:id/acceptance': () => ({}),
  'PUT /grants/:id/endpoint': () => ({ baseUrl: 'https://models.tidewater.example/v1', apiKey: 'sk-sample' }),
  'POST /access/:id/chat/completions': () => ({ model: 'tern', messages: [] }),
  'POST /submissions/:id/incidents': () => ({ what: 'A sample.' }),
  'PATCH /incidents/:id': () => ({ as: 'contained', facts: 'A sample.' }),
  'POST /incidents/:id/audience': () => ({ organisation: authorityId }),
  'POST /incidents/:id/messages': () => ({ text: 'A sample.' }),
  'POST /runs': evaluationLog,
  'POST /runs/:id/shares': () => ({
    submission: sharedSubmission,
    organisations: [people.operator.organisation, authorityId],
  }),
  'POST /task-packs/:id/uses': () => ({ run: 'run_x' }),
  'POST /registrations': () => ({ plan: newPlan() }),
  'PUT /registrations/:id/audience': () => ({ submission: null }),
  'POST /results': () => ({ registration: 'registration_x', runs: ['run_x'] }),
  'POST /letters': () => ({ result: 'result_x' }),
  'PUT /letters/:id': () => ({ edits: { texts: {}, withheld: {} }, digest: otherDigest }),
  'POST /letters/:id/signatures': () => ({ digest: otherDigest }),
  'PUT /letters/:id/audience': () => ({ submission: null }),
  'POST /desk/:id/readings': () => ({}),
  'POST /desk/:id/settlement': observation,
  'POST /readings/:id/observation': observation,
  'POST /readings/:id/return': () => ({ reason: 'no_time' }),
  'POST /runs/:id/readings': () => ({ chosen: { random: 1 }, reason: 'A check' }),
  'POST /claims': newClaimBody,
  'POST /claims/:id/renewals': () => ({ days: 30 }),
  'POST /claims/:id/end': () => ({ as: 'finished' }),
  'POST /claims/:id/introduction': () => ({ contact: 'scans@alder.example' }),
  'POST /claim-queries': () => ({ claim: 'claim_x' }),
  'POST /claim-introductions/:id/answers': () => ({ answer: 'decline' }),
  'POST /claim-overlaps/messages': () => ({ claim: 'claim_x', text: 'A sample.' }),
  'POST /intake-policies': () => ({
    purl: 'pkg:npm/sample',
    policy: { isOptOut: false },
    proof: { text: 'A sample.', url: 'https://alder.example/maintainers' },
  }),
  'POST /intake-policies/:id/decisions': () => ({ as: 'confirmed' }),
  'POST /findings': newReport,
  'POST /findings/:id/answers': () => ({ text: 'A sample.' }),
  'POST /findings/:id/release': () => ({ decision: 'keep', reason: 'A sample.' }),
  'POST /reports': () => ({ report: newReport() }),
  'POST /reports/status': () => ({ token: 'x' }),
  'POST /reports/answers': () => ({ token: 'x', text: 'A sample.' }),
  'POST /reports/withdraw': () => ({ token: 'x' }),
  'POST /findings/:id/validation-outcome': () => ({ state: 'validated' }),
  'POST /validations': () => ({
    finding: 'finding_x',
    organisation: 'organisation_x',
    kit: newKit(),
    endsAt: '2026-03-20T00:00:00.000Z',
  }),
  'POST /validations/:id/evidence': () => ({
    payload: 'e30=',
    payloadType: 'text/plain',
    signatures: [{ sig: 'AAAA' }],
  }),
  'POST /validator-keys': () => ({
    publicKey: Buffer.from(String(++count).padStart(32, '0')).toString('base64'),
    label: 'laptop',
  }),
  'POST /queue/:id/acceptance/preview': () => ({}),
  'POST /queue/:id/acceptance': () => ({}),
  'POST /queue/:id/refusal': () => ({ as: 'out_of_scope', reason: 'A sample.' }),
  'POST /queue/:id/reopening': () => ({ reason: 'A sample.' }),
  'POST /queue/:id/questions': () => ({ text: 'A sample?' }),
  'PUT /queue/:id/taking': () => ({}),
  'POST /queue/:id/opinions': () => ({ other: 'finding_0' }),
  'PATCH /cases/:id': () => ({ title: 'A sample' }),
  'POST /cases/:id/merges': () => ({ finding: 'finding_0' }),
  'POST /cases/:id/splits': () => ({ findings: ['finding_0'] }),
  'POST /cases/:id/undos': () => ({ act: 1 }),
  'PUT /cases/:id/links/:other': () => ({ relation: 'variant' }),
  'POST /batches': () => ({ name: 'A sample' }),
  'PATCH /batches/:id': () => ({ to: 'paused' }),
  'POST /batches/:id/rows': newReport,
  'POST /batches/:id/file': newReport,
  'PUT /batch-mappings/:name': () => ({ fields: { title: 'Name', 'component.name': 'Package' } }),
  'POST /task-packs': () => ({ statement: newStatement() }),
  'POST /task-packs/:id/openings': () => ({}),
  'PUT /task-packs/:id/audience': () => ({ submission: null }),
  'POST /inventories': () => ({ bomFormat: 'CycloneDX', specVersion: '1.6' }),
  'POST /inventories/:id/versions': () => ({ bomFormat: 'CycloneDX', specVersion: '1.6' }),
  'POST /inventories/:id/clocks': () => ({ clocks: [] }),
  'PATCH /inventories/:id': () => ({ name: 'Ward 4' }),
  'PUT /inventories/:id/marks/:key': () => ({ state: 'planned', vulnerabilities: ['CVE-2026-1'] }),
  'POST /passkeys/registration/verification': () => ({
    id: 'cGFzc2tleQ',
    rawId: 'cGFzc2tleQ',
    type: 'public-key',
    response: { clientDataJSON: 'e30', attestationObject: '' },
  }),
  'POST /passkeys/authentication/verification': () => ({
    id: 'cGFzc2tleQ',
    rawId: 'cGFzc2tleQ',
    type: 'public-key',
    response: { clientDataJSON: 'e30', authenticatorData: '', signature: '' },
  }),
};

/** A query without which the request is not understood. */
const queries: Record<string, string | (() => string)> = {
  'GET /validations/preview': '?finding=finding_x',
  'POST /runs': '?fileName=log.json',
  'GET /runs/:id/export': '?as=attempts',
  'GET /task-packs/:id/audience': '?submission=submission_x',
  'GET /registrations/:id/audience': '?submission=submission_x',
  'GET /letters/:id/audience': '?submission=submission_x',
  'GET /runs/compare': '?a=run_a&b=run_b',
  'GET /runs/compare/items': '?a=run_a&b=run_b',
  'GET /runs/:id/samples/:sample/events/next': '?from=-1&kind=info',
  'GET /runs/:id/shares/preview': () => `?submission=${sharedSubmission}`,
  'GET /submissions/:id/changes': '?from=1&to=1',
  'POST /batches/:id/file': '?name=sample.json',
  'POST /inventories': '?name=Ward&fileName=bom.json',
  'POST /inventories/:id/versions': '?fileName=bom.json',
};

/** A session of its own for each request: some end it. */
async function headersOf(one: Who): Promise<Record<string, string>> {
  if (one === 'anonymous') return {};
  if (one === 'agent') return { authorization: `Bearer ${agentToken}` };
  const actor = people[one === 'missing' ? 'operator' : one];
  const link = await signIn.createLink(system, actor.id as 'person_x');
  return { cookie: `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}` };
}

/** What an address names within its first thing. */
const within: Record<string, () => string> = {
  version: () => '1',
  organisation: () => authorityId,
  sample: () => '1',
  index: () => '0',
  submission: () => sharedSubmission,
  file: () => 'refused.csv',
};

async function ask({ method, path }: Row, one: Who) {
  const kind = path.slice(1, path.indexOf('/:'));
  const id = path.includes(':')
    ? one === 'missing'
      ? 'missing'
      : await (thingsOf[`${method} ${path}`] ?? things[kind])?.()
    : undefined;
  const payload = bodies[`${method} ${path}`]?.();
  const query = queries[`${method} ${path}`];
  return server.inject({
    method: method as 'GET',
    url: `/api/v1${path.replace(/:[a-z]+/, id ?? 'nothing').replace(/:(version|organisation|sample|index|submission|file)/g, (_, name) => within[name]?.() ?? '')}${typeof query === 'function' ? query() : (query ?? '')}`,
    headers: await headersOf(one),
    ...(payload !== undefined && { payload: payload as object }),
  });
}

test('every route under /api/v1 has a row in authorization.txt, and every row a route', () => {
  const under = routes.filter((route) => route.includes(' /api/v1/')).map((route) => route.replace(' /api/v1', ' '));

  expect(new Set(rows.map((row) => `${row.method} ${row.path}`))).toEqual(new Set(under));
  expect(rows.length).toBe(new Set(under).size);
});

test.each(rows)('$method $path', async (row) => {
  const answers = {} as Record<Who, string>;
  const bodiesGiven = {} as Record<Who, string>;
  for (const one of who) {
    if (row.expected[one] === '-') {
      answers[one] = '-';
      continue;
    }
    const answer = await ask(row, one);
    answers[one] = String(answer.statusCode);
    bodiesGiven[one] = answer.body.replace(/"requestId":"[^"]*"/, '');
  }

  expect(answers).toEqual(row.expected);
  if (row.expected.other === '404' && row.expected.missing === '404') {
    expect(bodiesGiven.other).toBe(bodiesGiven.missing);
  }
});
