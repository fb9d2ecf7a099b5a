/** Reports without an account: whoever holds the token follows the report, and nobody else but coordinators. */

import { createHash } from 'node:crypto';
import { system as itself, anonymous as nobody } from '../../domain/directory/actor.ts';
import { requireIntake } from '../../domain/directory/legal-basis.ts';
import type { Report } from '../../domain/intake/report.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as anonymousReports from '../../store/intake/anonymous-reports.ts';
import * as findings from '../../store/intake/findings.ts';
import { deskAudience } from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import * as receipts from './receipts.ts';
import * as reporting from './reporting.ts';

/** What coordinators can read in a day beside all else. */
export const perDayMax = 500;
const dayMs = 86_400_000;

/** Takes a report from anybody. The token is shown this once; only its digest is kept. */
export async function handIn(
  system: System,
  { report, contact }: { report: Report; contact?: string | undefined },
): Promise<receipts.Receipt & { token: string }> {
  requireIntake(system.now());
  const prepared = { ...receipts.prepare(system, { report }), row: null };
  const token = Buffer.from(system.randomBytes(32)).toString('base64url');
  return system.database.transaction(itself, async (tx) => {
    const at = system.now();
    await receipts.openDesk(system, tx);
    const since = new Date(Date.parse(at) - dayMs).toISOString();
    if ((await findings.anonymousSince(tx, since)) >= perDayMax) throw new Refusal('anonymous_full', { perDayMax });
    const { id, key, digest } = prepared;
    const origin = { audience: deskAudience, organisation: null, by: nobody.id, batch: null, at };
    await findings.insert(tx, [prepared], origin);
    await anonymousReports.insert(tx, {
      finding: id,
      token: hashOf(token),
      contact: contact === undefined ? null : receipts.seal(system, contact, `${id} contact`),
    });
    const body = { digest };
    await entries.append(tx, { did: 'finding_received', object: id, by: nobody, audience: [deskAudience], body, at });
    await jobs.add(tx, 'screen_findings', {}, { key: 'screen_findings' });
    return { id, key, digest, receivedAt: at, token };
  });
}

/** The report of a token with its state, questions and answers. A wrong token and none are the same. */
export function follow(system: System, token: string): ReturnType<typeof reporting.shown> {
  return system.database.transaction(itself, async (tx) => reporting.shown(system, tx, await ofToken(tx, token)));
}

/** Answers what was asked about the report of a token. */
export function answer(system: System, token: string, text: string): ReturnType<typeof reporting.shown> {
  return system.database.transaction(itself, async (tx) => {
    const finding = await ofToken(tx, token);
    await reporting.answer(system, tx, nobody, finding, text);
    return reporting.shown(system, tx, await ofToken(tx, token));
  });
}

/** Withdraws the report of a token. */
export function withdraw(system: System, token: string): ReturnType<typeof reporting.shown> {
  return system.database.transaction(itself, async (tx) => {
    await reporting.withdraw(system, tx, nobody, await ofToken(tx, token));
    return reporting.shown(system, tx, await ofToken(tx, token));
  });
}

async function ofToken(tx: Tx, token: string): Promise<findings.KeptFinding> {
  const id = await anonymousReports.findingOf(tx, hashOf(token));
  const finding = id && (await findings.lock(tx, id));
  if (!finding) throw new Refusal('not_found');
  return finding;
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
