import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as evidence from '../../app/intake/validation-evidence.ts';
import * as validations from '../../app/intake/validations.ts';
import * as keys from '../../app/intake/validator-keys.ts';
import type { System } from '../../app/system.ts';
import { cursorOf } from '../contract/page.ts';
import * as contract from '../contract/validations.ts';
import { whoIs } from '../directory/who.ts';
import { idIn } from './findings.ts';

const tags = ['validations'];

type Kept = validations.Shown['evidence'][number];

const named = (id: string, name: string | null) => ({ id, name: name ?? id });

const evidenceView = (organisationName: string | null, { summary, key, organisation, ...one }: Kept) => ({
  ...one,
  ...summary.assessment,
  reasons: [...summary.assessment.reasons, ...summary.differences],
  organisation: named(organisation, organisationName),
  key: { ...key, publicKey: key.publicKey.toString('base64') },
  independence: summary.independence,
  environment: { ...summary.environment, digest: summary.environmentDigest },
});

const view = ({ validation, evidence, ...rest }: validations.Shown) => ({
  ...validation,
  ...rest,
  organisation: named(validation.organisation, validation.organisationName),
  evidence: evidence.map((one) => evidenceView(validation.organisationName, one)),
});

const keyView = ({ publicKey, ...key }: Awaited<ReturnType<typeof keys.register>>) => ({
  ...key,
  publicKey: publicKey.toString('base64'),
});

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { ValidationParams: params } = contract;

  routes.get(
    '/validations',
    {
      schema: {
        tags,
        summary: 'What your organisation is asked to reproduce, newest first',
        querystring: contract.ValidationsQuery,
        response: { 200: contract.Validations },
      },
    },
    async (request) => {
      const { finding, after, limit } = request.query;
      const items = await validations.list(system, whoIs(request), { finding, after: idIn(after), limit });
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items: items.map(view), ...(last && { next: cursorOf([last.validation.id]) }) };
    },
  );

  routes.get(
    '/validations/preview',
    {
      schema: {
        tags,
        summary: 'Who would learn what if a kit were shared, and a draft of the kit; coordinators only',
        querystring: contract.PreviewQuery,
        response: { 200: contract.SharePreview },
      },
    },
    async (request) => validations.preview(system, whoIs(request), request.query.finding, request.query.organisation),
  );

  routes.post(
    '/validations',
    {
      schema: {
        tags,
        summary: 'Ask an organisation to reproduce a finding: it learns what the kit holds',
        body: contract.ShareValidation,
        response: { 201: contract.ValidationView },
      },
    },
    async (request, reply) => {
      const shared = await validations.share(system, whoIs(request), request.body);
      return reply.code(201).header('location', `/api/v1/validations/${shared.validation.id}`).send(view(shared));
    },
  );

  routes.get(
    '/validations/:id',
    { schema: { tags, summary: 'One request, without its kit', params, response: { 200: contract.ValidationView } } },
    async (request) => view(await validations.load(system, whoIs(request), request.params.id)),
  );

  routes.delete(
    '/validations/:id',
    {
      schema: {
        tags,
        summary: 'Withdraw a request: whom it asked no longer has it, from now on',
        params,
        response: { 200: contract.ValidationView },
      },
    },
    async (request) => view(await validations.withdraw(system, whoIs(request), request.params.id)),
  );

  routes.get(
    '/validations/:id/kit',
    {
      schema: {
        tags,
        summary: 'The kit to reproduce it with. That you opened it is on record',
        params,
        response: { 200: contract.Kit },
      },
    },
    async (request) => validations.kit(system, whoIs(request), request.params.id),
  );

  routes.post(
    '/validations/:id/evidence',
    {
      schema: {
        tags,
        summary: 'Hand in signed evidence: a DSSE envelope around an in-toto statement',
        params,
        body: contract.Envelope,
        response: { 201: contract.ValidationView },
      },
    },
    async (request, reply) => {
      const text = JSON.stringify(request.body);
      return reply.code(201).send(view(await evidence.answer(system, whoIs(request), request.params.id, text)));
    },
  );

  routes.get(
    '/validations/:id/evidence/:evidence',
    {
      schema: {
        tags,
        summary: 'The envelope as it was handed in; verify it offline with "assay validate verify"',
        params: contract.EvidenceParams,
        response: { 200: contract.Envelope },
      },
    },
    async (request) => {
      const { id, evidence: one } = request.params;
      return JSON.parse(await evidence.envelope(system, whoIs(request), id, one));
    },
  );

  routes.get(
    '/findings/:id/validation-outcome',
    {
      schema: {
        tags,
        summary: 'What was recorded of a finding last',
        params: contract.FindingParams,
        response: { 200: contract.OutcomeView },
      },
    },
    async (request) => {
      const { id } = request.params;
      const none = { finding: id, state: null, text: null, recordedAt: null };
      return (await evidence.outcome(system, whoIs(request), id)) ?? none;
    },
  );

  routes.post(
    '/findings/:id/validation-outcome',
    {
      schema: {
        tags,
        summary: 'Record that a finding was reproduced, or was not; takes independent evidence',
        params: contract.FindingParams,
        body: contract.RecordOutcome,
        response: { 201: contract.OutcomeView },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await evidence.record(system, whoIs(request), request.params.id, request.body)),
  );

  routes.get(
    '/validator-keys',
    { schema: { tags, summary: 'Your public keys for evidence', response: { 200: contract.ValidatorKeys } } },
    async (request) => ({ items: (await keys.list(system, whoIs(request))).map(keyView) }),
  );

  routes.post(
    '/validator-keys',
    {
      schema: {
        tags,
        summary: 'Register the public key that "assay validate key" prints',
        body: contract.RegisterKey,
        response: { 201: contract.ValidatorKeyView },
      },
    },
    async (request, reply) => reply.code(201).send(keyView(await keys.register(system, whoIs(request), request.body))),
  );

  routes.delete(
    '/validator-keys/:id',
    { schema: { tags, summary: 'Revoke a key: nothing it signs is taken from now on', params } },
    async (request, reply) => {
      await keys.revoke(system, whoIs(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
