import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Incident } from '../../domain/review/incident.ts';
import type { Tx } from '../database.ts';

export interface KeptIncident extends Incident {
  id: string;
  submission: string;
  audience: string;
  what: string;
  raisedBy: string;
  raisedByOrganisation: OrganisationId;
  grantsCut: number;
  containedBy: string | null;
  containedFacts: string | null;
  resolvedBy: string | null;
  resolvedFacts: string | null;
}

export interface Message {
  id: number;
  by: string;
  organisation: OrganisationId;
  organisationName: string;
  text: string;
  at: Instant;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('incidents')
    .select([
      'id',
      'submission_id as submission',
      'audience_id as audience',
      'what',
      'raised_by as raisedBy',
      'raised_by_organisation as raisedByOrganisation',
      'raised_at as raisedAt',
      'grants_cut as grantsCut',
      'contained_at as containedAt',
      'contained_by as containedBy',
      'contained_facts as containedFacts',
      'resolved_at as resolvedAt',
      'resolved_by as resolvedBy',
      'resolved_facts as resolvedFacts',
    ]);

/** The incident, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptIncident | undefined> {
  return rows(tx).where('id', '=', id).executeTakeFirst();
}

/** As `find`, and nobody else changes it until the transaction ends. */
export function lock(tx: Tx, id: string): Promise<KeptIncident | undefined> {
  return rows(tx).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The incidents of a submission that the actor may know of, the newest first. */
export function list(tx: Tx, submission: string): Promise<KeptIncident[]> {
  return rows(tx)
    .where('submission_id', '=', submission)
    .orderBy('raised_at', 'desc')
    .orderBy('id')
    .limit(200)
    .execute();
}

export async function insert(tx: Tx, incident: KeptIncident): Promise<void> {
  await tx
    .insertInto('incidents')
    .values({
      id: incident.id,
      submission_id: incident.submission,
      audience_id: incident.audience,
      what: incident.what,
      raised_by: incident.raisedBy,
      raised_by_organisation: incident.raisedByOrganisation,
      raised_at: incident.raisedAt,
      grants_cut: incident.grantsCut,
    })
    .execute();
}

/** Keeps the moments of an incident and the facts told with them. */
export async function save(tx: Tx, incident: KeptIncident): Promise<void> {
  await tx
    .updateTable('incidents')
    .set({
      contained_at: incident.containedAt,
      contained_by: incident.containedBy,
      contained_facts: incident.containedFacts,
      resolved_at: incident.resolvedAt,
      resolved_by: incident.resolvedBy,
      resolved_facts: incident.resolvedFacts,
    })
    .where('id', '=', incident.id)
    .execute();
}

/** What was written in the thread after the message with this id, the oldest first. */
export function messages(
  tx: Tx,
  incident: string,
  { after, limit }: { after: number; limit: number },
): Promise<Message[]> {
  return tx
    .selectFrom('incident_messages')
    .innerJoin('organisations', 'organisations.id', 'incident_messages.organisation_id')
    .select([
      'incident_messages.id',
      'by',
      'organisation_id as organisation',
      'organisations.name as organisationName',
      'text',
      'at',
    ])
    .where('incident_id', '=', incident)
    .where('incident_messages.id', '>', after)
    .orderBy('incident_messages.id')
    .limit(limit)
    .execute();
}

export async function addMessage(
  tx: Tx,
  { id, audience }: { id: string; audience: string },
  message: { by: string; organisation: OrganisationId; text: string; at: Instant },
): Promise<void> {
  await tx
    .insertInto('incident_messages')
    .values({
      incident_id: id,
      audience_id: audience,
      by: message.by,
      organisation_id: message.organisation,
      text: message.text,
      at: message.at,
    })
    .execute();
}
