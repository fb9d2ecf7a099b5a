import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as determinations from '../../app/review/determinations.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import { answerDay, isRecorded } from '../../domain/review/determination.ts';
import * as contract from '../contract/determinations.ts';
import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import { SubmissionParams as params } from '../contract/submissions.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['determinations'];

function view({ kept, standing, capacity, names, reference }: determinations.SeenDetermination) {
  const { id, submission, model, isRequested, current, createdAt, developer, authority } = kept;
  return {
    id,
    submission,
    capacity,
    developer: { id: developer, name: names.developer },
    authority: { id: authority, name: names.authority },
    model,
    isRequested,
    standing,
    state: current.state,
    createdAt,
    ...(reference !== undefined && { reference }),
    ...((current.state === 'sent' || current.state === 'with_authority') && {
      sentAt: current.sentAt,
      answerDay: answerDay(current),
    }),
    ...(current.state === 'with_authority' && { receivedAt: current.receivedAt }),
    ...(current.state === 'withdrawn' && { withdrawnAt: current.withdrawnAt }),
    ...(isRecorded(current) && {
      recorded: {
        outcome: current.state,
        decidedOn: current.decidedOn,
        delegate: current.delegate.name,
        sentence: current.sentence,
        recordedAt: current.recordedAt,
        isReleased: current.isReleased,
        ...(current.sealedAt !== undefined && { sealedAt: current.sealedAt }),
      },
    }),
  };
}

const done = ({ kept }: determinations.SeenDetermination) => ({ id: kept.id, state: kept.current.state });

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/submissions/:id/determinations',
    {
      schema: {
        tags,
        summary: 'What was asked and determined of this model, as far as your side may know, newest first',
        params,
        querystring: PageQuery,
        response: { 200: contract.Determinations },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const [createdAt, id] = after === undefined ? [] : (keyOf(after, 2) ?? []);
      if (after !== undefined && (typeof createdAt !== 'string' || typeof id !== 'string'))
        throw new Refusal('invalid_request');
      const page = {
        limit,
        ...(after !== undefined && { after: { createdAt: createdAt as string, id: id as string } }),
      };
      const items = await determinations.list(system, whoIs(request), request.params.id, page);
      const last = items.length === limit ? items.at(-1)?.kept : undefined;
      return { items: items.map(view), ...(last && { next: cursorOf([last.createdAt, last.id]) }) };
    },
  );

  routes.post(
    '/submissions/:id/determinations',
    {
      schema: {
        tags,
        summary: 'Prepare a request to an authority, or record as its delegate what nobody asked for',
        params,
        body: contract.NewDetermination,
        response: { 201: contract.DeterminationDone },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const made = await (body.kind === 'request'
        ? determinations.prepare(system, whoIs(request), request.params.id, body.authority)
        : determinations.recordUnrequested(system, whoIs(request), request.params.id, body));
      return reply.code(201).header('location', `/api/v1/determinations/${made.kept.id}`).send(done(made));
    },
  );

  routes.get(
    '/determinations/:id',
    {
      schema: { tags, summary: 'One determination', params, response: { 200: contract.DeterminationView } },
    },
    async (request) => view(await determinations.load(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/determinations/:id/events',
    {
      schema: {
        tags,
        summary: 'Send, receive, withdraw, record, release or seal; each is one side’s act',
        params,
        body: contract.DeterminationEvent,
        response: { 201: contract.DeterminationDone },
      },
    },
    async (request, reply) =>
      reply.code(201).send(done(await determinations.act(system, whoIs(request), request.params.id, request.body))),
  );
}
