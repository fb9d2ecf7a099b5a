import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as anonymous from '../../app/intake/anonymous.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as contract from '../contract/findings.ts';
import { networkOf } from '../limits.ts';

const tags = ['reports'];
/** One network hands in this many in an hour, and looks this often in a minute. */
const handedInPerHour = 20;
const askedPerMinute = 30;

const view = ({ finding, states, messages }: Awaited<ReturnType<typeof anonymous.follow>>) => ({
  id: finding.id,
  key: finding.key,
  digest: finding.digest,
  title: finding.title,
  state: finding.state,
  isAsked: finding.isAsked,
  receivedAt: finding.receivedAt,
  states,
  messages,
});

/** Reports without an account. The token stands in the body: addresses are written to logs. */
export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const limited = (name: string, max: number, timeWindow: number) => {
    const use = server.createRateLimit({
      max,
      timeWindow,
      keyGenerator: (request: FastifyRequest) => `${name} ${networkOf(request.ip)}`,
    });
    return async (request: FastifyRequest, reply: { header(name: string, value: number): unknown }) => {
      const found = await use(request);
      if (found.isAllowed || !found.isExceeded) return;
      reply.header('retry-after', found.ttlInSeconds);
      throw new Refusal('too_many_requests');
    };
  };
  const handingIn = limited('reports', handedInPerHour, 3_600_000);
  const asking = limited('report tokens', askedPerMinute, 60_000);
  const config = { isSecret: true } as const;

  routes.post(
    '/reports',
    {
      config,
      preHandler: handingIn,
      schema: {
        tags,
        summary: 'Hand in a report without an account. The token is shown once; with it you follow the report',
        body: contract.HandIn,
        response: { 201: contract.HandedIn },
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .header('cache-control', 'no-store')
        .send(await anonymous.handIn(system, request.body)),
  );

  routes.post(
    '/reports/status',
    {
      config,
      preHandler: asking,
      schema: {
        tags,
        summary: 'How the report of this token stands, and what is asked about it',
        body: contract.TokenBody,
        response: { 200: contract.FollowedReport },
      },
    },
    async (request, reply) =>
      reply.header('cache-control', 'no-store').send(view(await anonymous.follow(system, request.body.token))),
  );

  routes.post(
    '/reports/answers',
    {
      config,
      preHandler: asking,
      schema: {
        tags,
        summary: 'Answer what is asked about the report of this token',
        body: contract.AnswerByToken,
        response: { 200: contract.FollowedReport },
      },
    },
    async (request, reply) => {
      const { token, text } = request.body;
      return reply.header('cache-control', 'no-store').send(view(await anonymous.answer(system, token, text)));
    },
  );

  routes.post(
    '/reports/withdraw',
    {
      config,
      preHandler: asking,
      schema: {
        tags,
        summary: 'Withdraw the report of this token',
        body: contract.TokenBody,
        response: { 200: contract.FollowedReport },
      },
    },
    async (request, reply) =>
      reply.header('cache-control', 'no-store').send(view(await anonymous.withdraw(system, request.body.token))),
  );
}
