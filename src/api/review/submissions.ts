import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as submissions from '../../app/review/submissions.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import * as contract from '../contract/submissions.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['submissions'];

const view = ({ submission, capacity, parties }: Awaited<ReturnType<typeof submissions.load>>) => {
  const { id, model, createdAt, updatedAt, organisation } = submission;
  const name = parties.find((one) => one.organisation === organisation)?.name ?? '';
  return { id, model, capacity, developer: { id: organisation, name }, createdAt, updatedAt, parties };
};

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { SubmissionParams: params } = contract;

  routes.get(
    '/submissions',
    {
      schema: {
        tags,
        summary: 'Files of models that you may know of, the one changed last first',
        querystring: PageQuery,
        response: { 200: contract.Submissions },
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
      const items = await submissions.list(system, whoIs(request), page);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.updatedAt, last.id]) }) };
    },
  );

  routes.post(
    '/submissions',
    {
      schema: {
        tags,
        summary: 'Open the file of a model; nobody outside your organisation knows of it until you say so',
        body: contract.OpenSubmission,
        response: { 201: contract.SubmissionView },
      },
    },
    async (request, reply) => {
      const { digest = null, ...model } = request.body.model;
      const opened = await submissions.open(system, whoIs(request), { ...model, digest });
      return reply.code(201).header('location', `/api/v1/submissions/${opened.submission.id}`).send(view(opened));
    },
  );

  routes.get(
    '/submissions/:id',
    {
      schema: {
        tags,
        summary: 'One file of a model with its parties; the developer sees who read it',
        params,
        response: { 200: contract.SubmissionView },
      },
    },
    async (request) => view(await submissions.load(system, whoIs(request), request.params.id)),
  );
}
