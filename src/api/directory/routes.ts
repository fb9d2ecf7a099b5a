import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as agents from '../../app/directory/agents.ts';
import * as applications from '../../app/directory/applications.ts';
import * as members from '../../app/directory/members.ts';
import * as passkeys from '../../app/directory/passkeys.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import type { System } from '../../app/system.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import type { Passkey, Person } from '../../domain/directory/member.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as contract from '../contract/directory.ts';
import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import { ApplicationView } from '../contract/participation.ts';
import { view as applicationView } from './applications.ts';
import { clearCookie, secretOf, setCookie } from './sign-in.ts';
import { whoIs } from './who.ts';

/** The id after which a page begins; the empty text comes before all. */
function afterOf(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const id = keyOf(cursor, 1)?.[0];
  if (typeof id !== 'string') throw new Refusal('invalid_request');
  return id;
}

function pageOf<Row extends { id: string }, Item>(rows: Row[], limit: number, view: (row: Row) => Item) {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { items: rows.map(view), ...(last && { next: cursorOf([last.id]) }) };
}

const personView =
  (actor: Actor) =>
  ({ id, organisation, name, email, roles }: Person) => ({
    id,
    organisation,
    name,
    roles,
    ...(email !== null && organisation === actor.organisation && { email }),
  });

const agentView = ({ id, person, name, scopes, createdAt, expiresAt, budget, spentToday }: agents.Shown) => ({
  id,
  person,
  name,
  scopes,
  createdAt,
  expiresAt,
  budget,
  spentToday,
});

const passkeyView = ({ id, name, isBackedUp, createdAt, usedAt }: Passkey) => ({
  id,
  name,
  isBackedUp,
  createdAt,
  usedAt,
});

const tags = ['directory'];

/** Asked far less often than anything else, and worth guessing at: tighter than the rest. */
const signInLimit = { rateLimit: { max: 60, timeWindow: 60_000 } };

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/session',
    { schema: { tags, summary: 'Who is signed in here', response: { 200: contract.SessionView } } },
    async (request) => signIn.view(system, whoIs(request)),
  );

  routes.post(
    '/session/links',
    {
      config: signInLimit,
      schema: {
        tags,
        summary: 'Ask for a sign-in link by mail; the same answer for every address',
        body: contract.RequestLink,
        response: { 202: contract.LinkRequested },
      },
    },
    async (request, reply) => {
      await signIn.requestLink(system, request.body.email);
      return reply.code(202).send({ detail: 'If somebody here has this address, a link is on its way.' });
    },
  );

  routes.post(
    '/session',
    {
      config: signInLimit,
      schema: { tags, summary: 'Sign in with a link', body: contract.SignIn, response: { 200: contract.SessionView } },
    },
    async (request, reply) => {
      const secret = await signIn.signInByLink(system, request.body.token);
      setCookie(system, reply, secret);
      return signIn.view(system, (await signIn.byCookie(system, secret)) as Actor);
    },
  );

  routes.delete(
    '/session',
    { schema: { tags, summary: 'Sign out', querystring: contract.SignOutQuery } },
    async (request, reply) => {
      await signIn.signOut(system, whoIs(request), secretOf(system, request), request.query.everywhere);
      clearCookie(system, reply);
      return reply.code(204).send();
    },
  );

  routes.post(
    '/passkeys/registration/options',
    { schema: { tags, summary: 'Begin to add a passkey', response: { 200: contract.CeremonyOptions } } },
    async (request) => ({ ...(await passkeys.registrationOptions(system, whoIs(request))) }),
  );

  routes.post(
    '/passkeys/registration/verification',
    {
      schema: {
        tags,
        summary: 'Add the passkey that the browser made',
        body: contract.RegistrationResponse,
        response: { 201: contract.PasskeyView },
      },
    },
    async (request, reply) => {
      const { name, ...response } = request.body;
      const passkey = await passkeys.register(
        system,
        whoIs(request),
        response as Parameters<typeof passkeys.register>[2],
        name,
      );
      return reply.code(201).send(passkeyView(passkey));
    },
  );

  routes.post(
    '/passkeys/authentication/options',
    {
      config: signInLimit,
      schema: { tags, summary: 'Begin to sign in by passkey', response: { 200: contract.CeremonyOptions } },
    },
    async () => ({ ...(await passkeys.authenticationOptions(system)) }),
  );

  routes.post(
    '/passkeys/authentication/verification',
    {
      config: signInLimit,
      schema: {
        tags,
        summary: 'Sign in by passkey',
        body: contract.AuthenticationResponse,
        response: { 200: contract.SessionView },
      },
    },
    async (request, reply) => {
      const response = request.body as Parameters<typeof passkeys.authenticate>[1];
      const secret = await passkeys.authenticate(system, response);
      setCookie(system, reply, secret);
      return signIn.view(system, (await signIn.byCookie(system, secret)) as Actor);
    },
  );

  routes.get(
    '/passkeys',
    { schema: { tags, summary: 'Your passkeys', response: { 200: contract.Passkeys } } },
    async (request) => ({ items: (await passkeys.list(system, whoIs(request))).map(passkeyView) }),
  );

  routes.delete(
    '/passkeys/:id',
    { schema: { tags, summary: 'Remove a passkey of yours', params: contract.CredentialParams } },
    async (request, reply) => {
      await passkeys.remove(system, whoIs(request), request.params.id);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/organisations',
    {
      schema: {
        tags,
        summary: 'Organisations you may know of',
        querystring: PageQuery,
        response: { 200: contract.Organisations },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const found = await members.listOrganisations(system, whoIs(request), afterOf(after), limit);
      return pageOf(found, limit, (one) => one);
    },
  );

  routes.get(
    '/organisations/:id',
    {
      schema: {
        tags,
        summary: 'One organisation',
        params: contract.IdParams,
        response: { 200: contract.OrganisationView },
      },
    },
    async (request) => members.findOrganisation(system, whoIs(request), request.params.id),
  );

  routes.post(
    '/organisations',
    {
      schema: {
        tags,
        summary:
          'Let in an organisation with its first administrator: a proposal (202) where somebody else could confirm it, at once (201) where nobody could',
        body: contract.AdmitOrganisation,
        response: { 201: contract.OrganisationView, 202: ApplicationView },
      },
    },
    async (request, reply) => {
      const done = await applications.admit(system, whoIs(request), request.body);
      if ('application' in done) return reply.code(202).send(applicationView(done.application));
      const { organisation } = done;
      return reply.code(201).header('location', `/api/v1/organisations/${organisation.id}`).send(organisation);
    },
  );

  routes.patch(
    '/organisations/:id',
    {
      schema: {
        tags,
        summary: 'Rename your organisation, or let others here read its name',
        params: contract.IdParams,
        body: contract.ChangeOrganisation,
        response: { 200: contract.OrganisationView },
      },
    },
    async (request) => members.changeOrganisation(system, whoIs(request), request.params.id, request.body),
  );

  routes.get(
    '/people',
    {
      schema: { tags, summary: 'People you may know of', querystring: PageQuery, response: { 200: contract.People } },
    },
    async (request) => {
      const { after, limit } = request.query;
      const actor = whoIs(request);
      const found = await members.listPeople(system, actor, afterOf(after), limit);
      return pageOf(found, limit, personView(actor));
    },
  );

  routes.get(
    '/people/:id',
    { schema: { tags, summary: 'One person', params: contract.IdParams, response: { 200: contract.PersonView } } },
    async (request) => {
      const actor = whoIs(request);
      return personView(actor)(await members.findPerson(system, actor, request.params.id));
    },
  );

  routes.post(
    '/people',
    {
      schema: {
        tags,
        summary: 'Add someone to your organisation',
        body: contract.AddPerson,
        response: { 201: contract.PersonView },
      },
    },
    async (request, reply) => {
      const actor = whoIs(request);
      const person = await members.add(system, actor, request.body);
      return reply.code(201).header('location', `/api/v1/people/${person.id}`).send(personView(actor)(person));
    },
  );

  routes.post(
    '/people/:id/links',
    {
      // The answer holds a secret: it is not kept for a repeated request.
      config: { isSecret: true },
      schema: {
        tags,
        summary:
          'Make the first sign-in link of somebody of your organisation who has never signed in; shown this once',
        params: contract.IdParams,
        response: { 201: contract.FirstLink },
      },
    },
    async (request, reply) => {
      const link = await signIn.createFirstLink(system, whoIs(request), request.params.id);
      return reply.code(201).header('cache-control', 'no-store').send(link);
    },
  );

  routes.patch(
    '/people/:id',
    {
      schema: {
        tags,
        summary:
          'Change your own name or address; as an administrator, anybody’s of your organisation, and their roles',
        params: contract.IdParams,
        body: contract.ChangePerson,
        response: { 200: contract.PersonView },
      },
    },
    async (request) => {
      const actor = whoIs(request);
      return personView(actor)(await members.change(system, actor, request.params.id, request.body));
    },
  );

  routes.delete(
    '/people/:id',
    {
      schema: {
        tags,
        summary: 'End a membership, with its sessions and agents, at once',
        params: contract.IdParams,
      },
    },
    async (request, reply) => {
      await members.remove(system, whoIs(request), request.params.id);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/agents',
    {
      schema: {
        tags,
        summary: 'Agents of your organisation',
        querystring: PageQuery,
        response: { 200: contract.Agents },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      return pageOf(await agents.list(system, whoIs(request), afterOf(after), limit), limit, agentView);
    },
  );

  routes.get(
    '/agents/:id',
    { schema: { tags, summary: 'One agent', params: contract.IdParams, response: { 200: contract.AgentView } } },
    async (request) => agentView(await agents.find(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/agents',
    {
      // The answer holds a secret: it is not kept for a repeated request.
      config: { isSecret: true },
      schema: {
        tags,
        summary: 'Make an agent that acts for you; its token is shown this once',
        body: contract.AddAgent,
        response: { 201: contract.AgentMade },
      },
    },
    async (request, reply) => {
      const { agent, token } = await agents.add(system, whoIs(request), request.body);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .header('location', `/api/v1/agents/${agent.id}`)
        .send({ ...agentView(agent), token });
    },
  );

  routes.patch(
    '/agents/:id',
    {
      schema: {
        tags,
        summary: 'Change what an agent may spend in a day: its own person, and an administrator',
        params: contract.IdParams,
        body: contract.ChangeAgent,
        response: { 200: contract.AgentView },
      },
    },
    async (request) =>
      agentView(await agents.setBudget(system, whoIs(request), request.params.id, request.body.budget)),
  );

  routes.delete(
    '/agents/:id',
    { schema: { tags, summary: 'Revoke an agent at once', params: contract.IdParams } },
    async (request, reply) => {
      await agents.revoke(system, whoIs(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
