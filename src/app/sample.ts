/** The sample workspace: fictional organisations and a dated snapshot of real public advisories, marked as sample everywhere. */
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Actor, system as itself, type Role } from '../domain/directory/actor.ts';
import { currentTerms, digestOf } from '../domain/directory/terms.ts';
import * as organisations from '../store/directory/organisations.ts';
import * as entries from '../store/log/entries.ts';
import * as samples from '../store/samples.ts';
import * as advisoryImport from './advisory/import.ts';
import * as inventories from './advisory/inventories.ts';
import * as packs from './advisory/packs.ts';
import * as members from './directory/members.ts';
import * as signIn from './directory/sign-in.ts';
import * as terms from './directory/terms.ts';
import * as earlyAccess from './sample-early-access.ts';
import * as intake from './sample-intake.ts';
import type { System } from './system.ts';

interface SampleOrganisation {
  name: string;
  isHost: boolean;
  people: { name: string; email: string; roles: Role[] }[];
  /** What its operator keeps here: a file of `sboms/`. */
  inventory?: { name: string; file: string };
}

/** Nobody and nothing here exists; `.example` is reserved (RFC 2606). */
const fictional: SampleOrganisation[] = [
  {
    name: 'Northlight Clearinghouse (sample)',
    isHost: true,
    people: [
      { name: 'Ada Brightwater', email: 'ada@northlight.example', roles: ['administrator'] },
      { name: 'Corin Vale', email: 'corin@northlight.example', roles: ['coordinator'] },
    ],
  },
  {
    name: 'St Aurelia Hospital (sample)',
    isHost: false,
    people: [{ name: 'Odette Marsh', email: 'odette@st-aurelia.example', roles: ['administrator', 'operator'] }],
    inventory: { name: 'Imaging gateway (sample)', file: 'st-aurelia-hospital.cdx.json' },
  },
  {
    name: 'Lantern & Ledger Auditors (sample)',
    isHost: false,
    people: [{ name: 'Tomas Quill', email: 'tomas@lantern-ledger.example', roles: ['auditor'] }],
  },
  {
    name: 'Tidewater Models (sample)',
    isHost: false,
    people: [
      { name: 'Maren Holt', email: 'maren@tidewater.example', roles: ['administrator', 'release_manager'] },
      { name: 'Ines Okafor', email: 'ines@tidewater.example', roles: ['security_lead'] },
    ],
  },
  {
    name: 'Office of Measured Capability (sample)',
    isHost: false,
    people: [
      { name: 'Pia Lindgren', email: 'pia@measured.example', roles: ['evaluator'] },
      { name: 'Rhys Calder', email: 'rhys@measured.example', roles: ['evaluator'] },
      { name: 'Yara Winslow', email: 'yara@measured.example', roles: ['evaluator'] },
      { name: 'Sol Adeyemi', email: 'sol@measured.example', roles: ['administrator', 'delegate'] },
    ],
  },
  {
    name: 'Harrow Rural Hospital Network (sample)',
    isHost: false,
    people: [{ name: 'Wren Castellan', email: 'wren@harrow.example', roles: ['administrator', 'operator'] }],
  },
  {
    name: 'Gullwing Code Security (sample)',
    isHost: false,
    people: [{ name: 'Bryn Tallow', email: 'bryn@gullwing.example', roles: ['administrator', 'researcher'] }],
  },
  {
    name: 'Saltmarsh Research Cooperative (sample)',
    isHost: false,
    people: [{ name: 'Edda Norling', email: 'edda@saltmarsh.example', roles: ['administrator', 'researcher'] }],
  },
  {
    name: 'Copper Fern Foundation (sample)',
    isHost: false,
    people: [{ name: 'Juno Reyes', email: 'juno@copper-fern.example', roles: ['administrator', 'maintainer'] }],
  },
];

/** Who hands in and coordinates the sample's findings, by name. */
const intakeCast = {
  coordinator: 'Corin Vale',
  securityLead: 'Ines Okafor',
  researcher: 'Bryn Tallow',
  secondResearcher: 'Edda Norling',
  operator: 'Odette Marsh',
  maintainer: 'Juno Reyes',
} as const satisfies Record<keyof intake.Cast, string>;

/** Who acts in the sample's early access, by name. */
const cast = {
  releaseManager: 'Maren Holt',
  securityLead: 'Ines Okafor',
  evaluator: 'Pia Lindgren',
  secondEvaluator: 'Rhys Calder',
  delegate: 'Sol Adeyemi',
  partner: 'Wren Castellan',
} as const satisfies Record<keyof earlyAccess.Cast, string>;

/** Whether anybody has set this instance up, with the sample or without; the log remembers a sample that was taken away. */
export const isSetUp = (system: System): Promise<boolean> =>
  system.database.transaction(
    itself,
    async (tx) => (await organisations.host(tx)) !== undefined || (await samples.wasRemoved(tx)),
  );

/** What would go with the sample that is not of the sample: people and inventories, each in words. */
export const additions = (system: System): Promise<string[]> =>
  samples.additions(system.database, {
    emails: fictional.flatMap(({ people }) => people.map(({ email }) => email)),
    inventories: fictional.flatMap(({ inventory }) => (inventory === undefined ? [] : [inventory.name])),
    submissions: [...earlyAccess.models],
    runs: [...earlyAccess.logs],
    rules: [...earlyAccess.rules],
    findings: intake.titles(),
  });

/**
 * Loads the sample workspace into an instance that nobody has set up. `folder` holds `advisories/`, `sboms/` and `evidence/`. A load that broke off
 * goes on where it stopped: the organisations, which mark an instance as set up, come last.
 */
export async function load(system: System, folder: string, say: (line: string) => void): Promise<void> {
  const advisories = join(folder, 'advisories');
  const files = readdirSync(advisories).filter((file) => file.endsWith('.gz'));
  let count = 0;
  for (const file of files) {
    const path = join(advisories, file);
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
    const source = { key: `sample ${file} ${digest}`, name: `sample snapshot, ${file}` };
    const done = await advisoryImport.run(system, itself, source, createReadStream(path));
    count += done.added;
    say(`Sample: ${file}: ${done.added.toLocaleString('en')} advisories, ${done.facts.toLocaleString('en')} facts`);
  }
  await packs.buildTouched(system);
  say(`Sample: ${count.toLocaleString('en')} advisories are ready to match`);
  await system.database.joined(itself, async (tx) => {
    const actors = new Map<string, Actor>();
    for (const { name, isHost, people, inventory } of fictional) {
      const made = await members.found(system, tx, itself, { name, isHost, isSample: true }, people);
      for (const { id, name, organisation, roles } of made.people)
        actors.set(name, { kind: 'person', id, organisation, isHost, roles });
      const accepted = { version: currentTerms.version, digest: digestOf(currentTerms) };
      const administrator = made.people.find(({ roles }) => roles.includes('administrator'));
      if (administrator !== undefined) {
        await terms.accept(system, actors.get(administrator.name) as Actor, accepted);
      }
      const operator = made.people.find(({ roles }) => roles.includes('operator'));
      if (inventory === undefined || operator === undefined) continue;
      const { id, organisation, roles } = operator;
      const upload = { fileName: inventory.file, bytes: createReadStream(join(folder, 'sboms', inventory.file)) };
      await inventories.keep(
        system,
        { kind: 'person', id, organisation, roles },
        { name: inventory.name, asset: {} },
        upload,
      );
    }
    const of = <Roles>(names: Record<keyof Roles & string, string>) =>
      Object.fromEntries(Object.entries<string>(names).map(([role, name]) => [role, actors.get(name)])) as Roles;
    await earlyAccess.load(system, of<earlyAccess.Cast>(cast), join(folder, 'evidence'));
    say('Sample: one model in the middle of its window, one that was released on its fourth day');
    await intake.load(system, of<intake.Cast>(intakeCast));
    say('Sample: five reports of one flaw, a campaign, two organisations that scan one package');
  });
}

/** A fresh sign-in link for each sample person, none when the sample is not here. */
export async function links(
  system: System,
): Promise<{ name: string; organisation: string; roles: Role[]; url: string }[]> {
  const people = await system.database.transaction(itself, samples.people);
  const made = [];
  for (const { id, ...person } of people) made.push({ ...person, url: await signIn.createLink(system, id) });
  return made;
}

/** Takes the sample workspace away; an instance without any other organisation then waits for its first administrator. */
export async function remove(system: System): Promise<{ organisations: number; advisories: number }> {
  const removed = await samples.remove(system.database, (tx, body) =>
    entries.append(tx, {
      did: 'sample_removed',
      object: 'sample',
      by: itself,
      audience: ['audience_public'],
      body,
      at: system.now(),
    }),
  );
  await packs.buildTouched(system);
  return removed;
}
