/** What waits in a file and for whom: shown, and read by nothing that does something. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as pending from '../../app/review/pending.ts';
import * as waitingList from '../../app/review/waiting-list.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { WindowView } from '../../domain/review/window.ts';
import { next } from '../../domain/review/window-words.ts';
import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import * as contract from '../contract/pending.ts';
import * as submissions from '../contract/submissions.ts';
import { whoIs } from '../directory/who.ts';

const standingOf = (view: WindowView) => {
  const { state, startedAt, endsAt, usedMs, limitMs, remainingMs } = view;
  return {
    state,
    ...(startedAt !== undefined && { startedAt }),
    ...(endsAt !== undefined && { endsAt }),
    usedMs,
    limitMs,
    remainingMs,
    next: next(view),
  };
};

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/submissions',
    {
      schema: {
        tags: ['submissions'],
        summary: 'Files of models that you may know of, the one changed last first',
        querystring: PageQuery,
        response: { 200: submissions.Submissions },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const [updatedAt, id] = after === undefined ? [] : (keyOf(after, 2) ?? []);
      if (after !== undefined && (typeof updatedAt !== 'string' || typeof id !== 'string'))
        throw new Refusal('invalid_request');
      const page = {
        limit,
        ...(after !== undefined && { after: { updatedAt: updatedAt as string, id: id as string } }),
      };
      const items = await waitingList.list(system, whoIs(request), page);
      const last = items.length === limit ? items.at(-1) : undefined;
      return {
        items: items.map(({ window, ...item }) => ({ ...item, window: standingOf(window) })),
        invitations: await pending.openInvitations(system, whoIs(request)),
        ...(last && { next: cursorOf([last.updatedAt, last.id]) }),
      };
    },
  );

  routes.get(
    '/submissions/:id/pending',
    {
      schema: {
        tags: ['submissions'],
        summary: 'What waits for somebody, and for whom; a release waits for none of it',
        params: submissions.SubmissionParams,
        response: { 200: contract.Pending },
      },
    },
    async (request) => ({ items: await pending.list(system, whoIs(request), request.params.id) }),
  );
}
