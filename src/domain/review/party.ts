import type { OrganisationId } from '../directory/actor.ts';
import type { Instant } from '../instant.ts';

/** The two sides of a model's early access: who makes the model, and who is given access to it. */
export const capacities = ['developer', 'authority'] as const;
export type Capacity = (typeof capacities)[number];

/** An organisation that may know of a submission. */
export interface Party {
  organisation: OrganisationId;
  name: string;
  capacity: Capacity;
  addedAt: Instant;
}
