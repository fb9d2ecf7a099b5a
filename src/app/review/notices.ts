/** Mail that something waits for somebody. It says where, never what: no model, no organisation, no outcome (I12). */

import { publicUrl } from '../../config.ts';
import { system as itself, type OrganisationId, type Role } from '../../domain/directory/actor.ts';
import type { Tx } from '../../store/database.ts';
import * as people from '../../store/directory/people.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';

/** Who is told: everybody of an organisation with one of these roles and an address. `path` is a page of this instance. */
export interface Notice {
  organisation: OrganisationId;
  roles: Role[];
  path: string;
}

/** Tells them after the act, if the act holds. */
export const tell = (tx: Tx, notice: Notice): Promise<void> => jobs.add(tx, 'tell_people', notice);

/** Makes one message for each of them. */
export function send(system: System, { organisation, roles, path }: Notice): Promise<void> {
  return system.database.transaction(itself, async (tx) => {
    const address = new URL(path, publicUrl(system.config)).href;
    for (const email of await people.addresses(tx, organisation, roles)) {
      const text = `Something waits for you. Sign in to see what:\n\n${address}\n`;
      await jobs.add(tx, 'send_mail', { to: email, subject: 'Something waits for you in Assay', text });
    }
  });
}
