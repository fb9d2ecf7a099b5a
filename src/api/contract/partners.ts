import { z } from 'zod';
import { partnerStates, stances } from '../../domain/review/partner.ts';
import { pageOf } from './page.ts';

const sides = ['developer', 'authority', 'partner'] as const;
const Words = z.string().trim().max(2000);
const Code = z.string().min(1).max(40).describe('A code of the decision policy');

export const NewPartner = z.object({
  name: z.string().trim().min(1).max(200),
  sector: Code,
  text: Words.optional().describe('Why'),
});

export const PartnerEvent = z.discriminatedUnion('did', [
  z.object({
    did: z.literal('propose').describe('Developer: agrees to consider it, and lets the authority know'),
    authority: z.string().min(1).max(100).optional().describe('Which authority, where the file has several'),
  }),
  z.object({
    did: z.literal('comment').describe('Authority: says what it thinks; this moves no state'),
    stance: z.enum(stances),
    text: Words.optional(),
  }),
  z.object({
    did: z.literal('invite').describe('Developer: lets the partner know, with the terms for it'),
    organisation: z.string().min(1).max(100),
    terms: z.string().trim().min(1).max(10_000),
  }),
  z.object({ did: z.literal('decline').describe('Developer or partner'), reason: Code, text: Words.optional() }),
  z.object({
    did: z.literal('request_review').describe('Asks who declined for another look, once'),
    text: Words.min(1),
  }),
  z.object({ did: z.literal('reopen').describe('Who declined thinks again') }),
  z.object({ did: z.literal('accept').describe('Partner: accepts the terms') }),
  z.object({ did: z.literal('provision').describe('Developer: access is set up'), text: Words.optional() }),
  z.object({ did: z.literal('confirm').describe('Partner: access was seen to work; how'), text: Words.min(1) }),
  z.object({ did: z.literal('end').describe('Developer or partner, at any time and without a reason') }),
  z.object({ did: z.literal('revoke').describe('Developer: takes access back'), reason: Code }),
]);

export const NewSeal = z.object({ event: z.string().min(1).max(100) });

export const PartnerView = z.object({
  id: z.string(),
  submission: z.string().optional().describe('Absent for the partner, who does not see the file'),
  side: z.enum(sides).describe('Your side'),
  developer: z.object({ id: z.string(), name: z.string() }),
  authority: z.object({ id: z.string(), name: z.string() }).nullable(),
  organisation: z.string().nullable().describe('Its id here; null until it is invited'),
  name: z.string(),
  sector: z.string(),
  model: z.object({ name: z.string(), version: z.string() }),
  state: z.enum(partnerStates),
  hasAuthorityActed: z
    .boolean()
    .optional()
    .describe('Whether the authority’s act is on record; absent for the partner'),
  declinedBy: z.enum(['developer', 'partner']).optional(),
  isReviewLeft: z.boolean().describe('Whether another look may still be asked for'),
  events: z.array(
    z.object({
      id: z.string(),
      at: z.string(),
      side: z.enum(sides),
      by: z.string().describe('Name of the person'),
      did: z.string(),
      text: z.string().optional(),
      terms: z.string().optional(),
      reason: z.string().optional(),
      stance: z.string().optional(),
      sealedAt: z.string().optional(),
    }),
  ),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const Partners = pageOf(PartnerView);
/** What an act answers: no text, so that no kept answer holds one that is sealed later. */
export const PartnerDone = z.object({ id: z.string(), state: z.enum(partnerStates) });

export const PartnerStatistics = z.object({
  asOf: z.string().describe('The first day of the quarter; later changes do not show'),
  sectors: z.array(
    z.object({
      sector: z.string(),
      partners: z.number().nullable().describe('Rounded down; null where there are none or too few to show'),
    }),
  ),
});
