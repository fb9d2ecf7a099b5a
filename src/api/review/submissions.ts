import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as audience from '../../app/review/submission-audience.ts';
import * as file from '../../app/review/submission-file.ts';
import * as submissions from '../../app/review/submissions.ts';
import type { System } from '../../app/system.ts';
import * as contract from '../contract/submissions.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['submissions'];

const view = ({ submission, capacity, parties, file }: Awaited<ReturnType<typeof submissions.load>>) => {
  const { id, model, createdAt, updatedAt, organisation } = submission;
  const name = parties.find((one) => one.organisation === organisation)?.name ?? '';
  return {
    id,
    model,
    capacity,
    developer: { id: organisation, name },
    createdAt,
    updatedAt,
    parties,
    ...(file && { file: { ...file, handedVersion: file.handedVersion ?? null } }),
  };
};

type Kept = Awaited<ReturnType<typeof file.save>>;
const versionView = ({ content, ...row }: Kept) => ({
  ...row,
  content: { model: content.model, parts: content.parts as Record<string, NonNullable<(typeof content.parts)[1]>> },
});

const fileView = ({ version, gaps, dates }: Awaited<ReturnType<typeof file.load>>) => ({
  ...(version && { version: versionView(version) }),
  ...(gaps && { gaps }),
  ...(dates && { dates }),
});

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { SubmissionParams: params } = contract;

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
      const opened = await submissions.open(system, whoIs(request), { ...model, digest }, request.body.parts);
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

  routes.get(
    '/submissions/:id/file',
    {
      schema: {
        tags,
        summary: 'What the file says: the newest version that you may read; the developer sees who read it',
        params,
        response: { 200: contract.FileView },
      },
    },
    async (request) => fileView(await file.load(system, whoIs(request), request.params.id)),
  );

  routes.get(
    '/submissions/:id/versions',
    {
      schema: {
        tags,
        summary: 'Versions that you may read, newest first',
        params,
        response: { 200: contract.Versions },
      },
    },
    async (request) => ({ items: await file.list(system, whoIs(request), request.params.id) }),
  );

  routes.post(
    '/submissions/:id/versions',
    {
      schema: {
        tags,
        summary: 'Save changed parts as a new version: a draft that only your organisation reads',
        params,
        body: contract.SaveVersion,
        response: { 201: contract.VersionView },
      },
    },
    async (request, reply) =>
      reply.code(201).send(versionView(await file.save(system, whoIs(request), request.params.id, request.body))),
  );

  routes.get(
    '/submissions/:id/versions/:version',
    {
      schema: {
        tags,
        summary: 'One version of the file',
        params: contract.VersionParams,
        response: { 200: contract.FileView },
      },
    },
    async (request) => fileView(await file.load(system, whoIs(request), request.params.id, request.params.version)),
  );

  routes.get(
    '/submissions/:id/changes',
    {
      schema: {
        tags,
        summary: 'What changed from one version to another, in plain words',
        params,
        querystring: contract.ChangesQuery,
        response: { 200: contract.ChangesView },
      },
    },
    (request) => file.compare(system, whoIs(request), request.params.id, request.query.from, request.query.to),
  );

  routes.post(
    '/submissions/:id/handover/preview',
    {
      schema: {
        tags,
        summary: 'Who would read what, before a version is handed over; nothing is done',
        params,
        body: contract.PreviewHandOver,
        response: { 200: contract.HandOverPreview },
      },
    },
    (request) => file.previewHandOver(system, whoIs(request), request.params.id, request.body.version),
  );

  routes.post(
    '/submissions/:id/handover',
    {
      schema: {
        tags,
        summary: 'Hand a version over to the parties of the file: from now on they read it',
        params,
        body: contract.HandOver,
        response: { 200: contract.VersionRow },
      },
    },
    (request) => file.handOver(system, whoIs(request), request.params.id, request.body),
  );

  routes.put(
    '/submissions/:id/dates',
    {
      schema: {
        tags,
        summary: 'Keep intended dates; they stay with your organisation until you show them',
        params,
        body: contract.SetDates,
        response: { 200: contract.DatesView },
      },
    },
    (request) => file.setDates(system, whoIs(request), request.params.id, request.body),
  );

  routes.put(
    '/submissions/:id/dates/readers',
    {
      schema: {
        tags,
        summary: 'Show the intended dates to these parties and to no others',
        params,
        body: contract.ShowDates,
        response: { 200: contract.DatesView },
      },
    },
    (request) => file.showDates(system, whoIs(request), request.params.id, request.body.organisations),
  );

  routes.get(
    '/submissions/:id/export',
    { schema: { tags, summary: 'The whole file as one JSON document: every version that you may read', params } },
    async (request, reply) => {
      const document = await file.exportFile(system, whoIs(request), request.params.id);
      return reply.header('content-disposition', 'attachment; filename="file-of-a-model.json"').send(document);
    },
  );

  routes.get(
    '/submissions/:id/audience',
    {
      schema: { tags, summary: 'Who may know of the file', params, response: { 200: contract.AudienceView } },
    },
    async (request) => {
      const { readers, handedVersion = null } = await audience.view(system, whoIs(request), request.params.id);
      return { readers, handedVersion };
    },
  );

  routes.post(
    '/submissions/:id/parties/preview',
    {
      schema: {
        tags,
        summary: 'What an organisation would learn if you let it in; nothing is done',
        params,
        body: contract.PreviewParty,
        response: { 200: contract.PartyPreview },
      },
    },
    async (request) => {
      const { organisation } = request.body;
      const { handedVersion = null, ...rest } = await audience.preview(
        system,
        whoIs(request),
        request.params.id,
        organisation,
      );
      return { ...rest, handedVersion };
    },
  );

  routes.post(
    '/submissions/:id/parties',
    {
      schema: {
        tags,
        summary: 'Let an organisation know of the file',
        params,
        body: contract.AdmitParty,
        response: { 201: contract.Parties },
      },
    },
    async (request, reply) => {
      const { organisation, handedVersion } = request.body;
      const items = await submissions.admit(system, whoIs(request), request.params.id, organisation, { handedVersion });
      return reply.code(201).send({ items });
    },
  );

  routes.delete(
    '/submissions/:id/parties/:organisation',
    {
      schema: {
        tags,
        summary: 'End what an organisation reads of the file, at once and without a reason',
        params: contract.PartyParams,
      },
    },
    async (request, reply) => {
      await audience.end(system, whoIs(request), request.params.id, request.params.organisation);
      return reply.code(204).send();
    },
  );
}
