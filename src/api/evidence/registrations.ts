import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as registrations from '../../app/evidence/registrations.ts';
import type { System } from '../../app/system.ts';
import * as contract from '../contract/registrations.ts';
import { whoIs } from '../directory/who.ts';
import { afterOf, pageOf } from './result-page.ts';

const tags = ['registrations'];

type Kept = Awaited<ReturnType<typeof registrations.load>>;
const view = ({ audience: _, ownAudience: __, withdrawnBy: ___, ...registration }: Kept) => registration as never;

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const params = contract.RegistrationParams;

  routes.get(
    '/registrations',
    {
      schema: {
        tags,
        summary: 'Registered rules you may know of, the newest first',
        querystring: contract.RegistrationQuery,
        response: { 200: contract.Registrations },
      },
    },
    async (request) => {
      const { after, limit, submission } = request.query;
      const page = { limit, ...afterOf(after), ...(submission !== undefined && { submission }) };
      const items = await registrations.list(system, whoIs(request), page);
      return pageOf(items.map(view), limit, items.at(-1), (last) => [last.registeredAt, last.id]);
    },
  );

  routes.post(
    '/registrations',
    {
      schema: {
        tags,
        summary: 'Register a rule before results are opened; its place in the log is its time stamp',
        description: 'The same plan once more gives the registration that stands (200).',
        body: contract.Register,
        response: { 200: contract.RegistrationView, 201: contract.RegistrationView },
      },
    },
    async (request, reply) => {
      const { registration, isNew } = await registrations.register(system, whoIs(request), request.body.plan);
      const location = `/api/v1/registrations/${registration.id}`;
      return reply
        .code(isNew ? 201 : 200)
        .header('location', location)
        .send(view(registration));
    },
  );

  routes.get(
    '/registrations/:id',
    { schema: { tags, summary: 'One registered rule', params, response: { 200: contract.RegistrationView } } },
    async (request) => view(await registrations.load(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/registrations/:id/withdrawal',
    {
      schema: {
        tags,
        summary: 'Withdraw a rule: it stays to be seen as withdrawn, and nothing is computed by it any more',
        params,
        response: { 200: contract.RegistrationView },
      },
    },
    async (request) => view(await registrations.withdraw(system, whoIs(request), request.params.id)),
  );

  routes.get(
    '/registrations/:id/audience',
    {
      schema: {
        tags,
        summary: 'Who would learn of the rule if it were shown to the parties of a submission',
        params,
        querystring: contract.ShowRegistrationQuery,
        response: { 200: contract.WhoWouldLearn },
      },
    },
    (request) => registrations.showPreview(system, whoIs(request), request.params.id, request.query.submission),
  );

  routes.put(
    '/registrations/:id/audience',
    {
      schema: {
        tags,
        summary: 'Show the rule to the parties of a submission, or to nobody else any more',
        params,
        body: contract.ShowRegistrationTo,
        response: { 200: contract.RegistrationView },
      },
    },
    async (request) =>
      view(await registrations.show(system, whoIs(request), request.params.id, request.body.submission)),
  );
}
