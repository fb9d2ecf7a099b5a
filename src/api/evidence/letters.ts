import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as letters from '../../app/evidence/letters.ts';
import type { System } from '../../app/system.ts';
import { asText, type LetterEdits } from '../../domain/evidence/letter.ts';
import { WhoWouldLearn } from '../contract/registrations.ts';
import * as contract from '../contract/results.ts';
import { whoIs } from '../directory/who.ts';
import { afterOf, pageOf } from './result-page.ts';

const tags = ['letters'];

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const params = contract.LetterParams;

  routes.get(
    '/letters',
    {
      schema: {
        tags,
        summary: 'Findings letters of your organisation, and copies that others released to it',
        querystring: contract.LetterQuery,
        response: { 200: contract.Letters },
      },
    },
    async (request) => {
      const { after, limit, result, submission } = request.query;
      const page = {
        limit,
        ...afterOf(after),
        ...(result !== undefined && { result }),
        ...(submission !== undefined && { submission }),
      };
      const items = await letters.list(system, whoIs(request), page);
      const rows = items.map(({ letter, ...row }) => ({ ...row, title: letter.title, from: letter.from }));
      return pageOf(rows, limit, items.at(-1), (last) => [last.at, last.id]);
    },
  );

  routes.post(
    '/letters',
    {
      schema: {
        tags,
        summary: 'Write a findings letter on a result',
        body: contract.WriteLetter,
        response: { 201: contract.LetterView },
      },
    },
    async (request, reply) => {
      const letter = await letters.write(system, whoIs(request), request.body.result);
      return reply
        .code(201)
        .header('location', `/api/v1/letters/${letter.id}`)
        .send(letter as never);
    },
  );

  routes.get(
    '/letters/:id',
    {
      schema: {
        tags,
        summary: 'A letter; for others, the copy that was released to them',
        params,
        response: { 200: contract.LetterView },
      },
    },
    async (request) => (await letters.load(system, whoIs(request), request.params.id)) as never,
  );

  routes.put(
    '/letters/:id',
    {
      schema: {
        tags,
        summary: 'Change the free texts and what is withheld; signatures end with the change',
        params,
        body: contract.ChangeLetter,
        response: { 200: contract.LetterView },
      },
    },
    async (request) => {
      const { digest, edits } = request.body;
      const next = { digest, edits: edits as LetterEdits };
      return (await letters.change(system, whoIs(request), request.params.id, next)) as never;
    },
  );

  routes.post(
    '/letters/:id/signatures',
    {
      schema: {
        tags,
        summary: 'Sign the letter as you read it; two different people do',
        params,
        body: contract.SignLetter,
        response: { 201: contract.LetterView },
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .send((await letters.sign(system, whoIs(request), request.params.id, request.body.digest)) as never),
  );

  routes.get(
    '/letters/:id/audience',
    {
      schema: {
        tags,
        summary: 'Who would learn of a copy if it were released to the parties of a submission',
        params,
        querystring: contract.ReleaseQuery,
        response: { 200: WhoWouldLearn },
      },
    },
    (request) => letters.releasePreview(system, whoIs(request), request.params.id, request.query.submission),
  );

  routes.put(
    '/letters/:id/audience',
    {
      schema: {
        tags,
        summary: 'Release the copy of a signed letter to the parties of a submission, or take it back',
        params,
        body: contract.ReleaseTo,
        response: { 200: contract.LetterView },
      },
    },
    async (request) =>
      (await letters.release(system, whoIs(request), request.params.id, request.body.submission)) as never,
  );

  routes.get(
    '/letters/:id/export',
    {
      schema: {
        tags,
        summary: 'The letter as one file, or the copy that was released to you',
        params,
        querystring: contract.LetterExportQuery,
      },
    },
    async (request, reply) => {
      const { letter, digest, own } = await letters.load(system, whoIs(request), request.params.id);
      const signed =
        own === null
          ? [`Two people of ${letter.from} signed the letter before this copy was released.`]
          : own.signatures.map(({ signedAt }) => `Signed ${signedAt}`);
      const isText = request.query.as === 'text';
      return reply
        .header('content-disposition', `attachment; filename="letter.${isText ? 'txt' : 'json'}"`)
        .type(isText ? 'text/plain; charset=utf-8' : 'application/json')
        .send(isText ? asText(letter, [`Digest ${digest}`, ...signed]) : { letter, digest });
    },
  );
}
