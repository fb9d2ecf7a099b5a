import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';

export interface WindowsTable {
  submission_id: string;
  audience_id: string;
  /** When it ends if nobody acts; null while nothing binds, and once what follows from the end is done. */
  ends_at: Instant | null;
  /** The end of which the parties were told beforehand. */
  told_of: Instant | null;
}

export interface WindowEventsTable {
  submission_id: string;
  audience_id: string;
  /** From 1, without gaps. */
  number: number;
  /** JSON text of the event when written. */
  event: unknown;
  by: string;
  organisation_id: OrganisationId;
}

export interface WindowTables {
  windows: WindowsTable;
  window_events: WindowEventsTable;
}
