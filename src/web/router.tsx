import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { PatchListPage } from './advisory/PatchListPage.tsx';
import { Broken } from './shell/Broken.tsx';
import { NotFound } from './shell/NotFound.tsx';
import { Shell } from './shell/Shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Broken });

/** Only texts are read from an address; a page decides itself what they mean. */
function texts<Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): { [Key in Name]?: string } => {
    const found: { [Key in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        found[name] = String(value).slice(0, 500);
      }
    }
    return found;
  };
}

const home = createRoute({ getParentRoute: () => root, path: '/', component: PatchListPage });

const inventory = createRoute({
  getParentRoute: () => root,
  path: '/inventories/$id',
  component: lazyRouteComponent(() => import('./advisory/InventoryPage.tsx'), 'InventoryPage'),
});

const advisories = createRoute({
  getParentRoute: () => root,
  path: '/advisories',
  validateSearch: texts('q', 'ecosystem', 'package', 'kev', 'after'),
  component: lazyRouteComponent(() => import('./advisory/AdvisoriesPage.tsx'), 'AdvisoriesPage'),
});

const advisory = createRoute({
  getParentRoute: () => root,
  path: '/advisories/$id',
  component: lazyRouteComponent(() => import('./advisory/AdvisoryPage.tsx'), 'AdvisoryPage'),
});

const intake = createRoute({
  getParentRoute: () => root,
  path: '/intake',
  validateSearch: texts('state', 'q', 'batch', 'asked', 'after'),
  component: lazyRouteComponent(() => import('./intake/OwnPage.tsx'), 'OwnPage'),
});

const intakeFinding = createRoute({
  getParentRoute: () => root,
  path: '/intake/findings/$id',
  component: lazyRouteComponent(() => import('./intake/OwnFindingPage.tsx'), 'OwnFindingPage'),
});

const intakeReport = createRoute({
  getParentRoute: () => root,
  path: '/intake/report',
  component: lazyRouteComponent(() => import('./intake/ReportPage.tsx'), 'ReportPage'),
});

const intakeFollow = createRoute({
  getParentRoute: () => root,
  path: '/intake/follow',
  component: lazyRouteComponent(() => import('./intake/FollowPage.tsx'), 'FollowPage'),
});

const intakeBatches = createRoute({
  getParentRoute: () => root,
  path: '/intake/batches',
  validateSearch: texts('after'),
  component: lazyRouteComponent(() => import('./intake/BatchesPage.tsx'), 'BatchesPage'),
});

const intakeBatch = createRoute({
  getParentRoute: () => root,
  path: '/intake/batches/$id',
  component: lazyRouteComponent(() => import('./intake/BatchPage.tsx'), 'BatchPage'),
});

const queue = createRoute({
  getParentRoute: () => root,
  path: '/intake/queue',
  validateSearch: texts('state', 'package', 'taken', 'held', 'hint', 'after'),
  component: lazyRouteComponent(() => import('./intake/QueuePage.tsx'), 'QueuePage'),
});

const queueItem = createRoute({
  getParentRoute: () => root,
  path: '/intake/queue/$id',
  component: lazyRouteComponent(() => import('./intake/QueueItemPage.tsx'), 'QueueItemPage'),
});

const caseOf = createRoute({
  getParentRoute: () => root,
  path: '/intake/cases/$id',
  component: lazyRouteComponent(() => import('./intake/CasePage.tsx'), 'CasePage'),
});

const held = createRoute({
  getParentRoute: () => root,
  path: '/intake/held',
  validateSearch: texts('kept', 'after'),
  component: lazyRouteComponent(() => import('./intake/HeldPage.tsx'), 'HeldPage'),
});

const sources = createRoute({
  getParentRoute: () => root,
  path: '/intake/sources',
  validateSearch: texts('after'),
  component: lazyRouteComponent(() => import('./intake/SourcesPage.tsx'), 'SourcesPage'),
});

const validations = createRoute({
  getParentRoute: () => root,
  path: '/intake/validations',
  validateSearch: texts('after'),
  component: lazyRouteComponent(() => import('./intake/ValidationsPage.tsx'), 'ValidationsPage'),
});

const validation = createRoute({
  getParentRoute: () => root,
  path: '/intake/validations/$id',
  component: lazyRouteComponent(() => import('./intake/ValidationPage.tsx'), 'ValidationPage'),
});

const log = createRoute({
  getParentRoute: () => root,
  path: '/record',
  validateSearch: texts('object', 'after'),
  component: lazyRouteComponent(() => import('./log/LogPage.tsx'), 'LogPage'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/SettingsPage.tsx'), 'SettingsPage'),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./directory/SignInPage.tsx'), 'SignInPage'),
});

const apply = createRoute({
  getParentRoute: () => root,
  path: '/apply',
  component: lazyRouteComponent(() => import('./directory/ApplyPage.tsx'), 'ApplyPage'),
});

const applicationProof = createRoute({
  getParentRoute: () => root,
  path: '/apply/proof',
  component: lazyRouteComponent(() => import('./directory/ApplicationReceipt.tsx'), 'ApplicationProof'),
});

const applicationReceipt = createRoute({
  getParentRoute: () => root,
  path: '/apply/receipt',
  component: lazyRouteComponent(() => import('./directory/ApplicationReceipt.tsx'), 'ApplicationReceipt'),
});

const terms = createRoute({
  getParentRoute: () => root,
  path: '/terms',
  component: lazyRouteComponent(() => import('./directory/TermsPage.tsx'), 'TermsPage'),
});

const participation = createRoute({
  getParentRoute: () => root,
  path: '/participation',
  component: lazyRouteComponent(() => import('./directory/ParticipationPage.tsx'), 'ParticipationPage'),
});

const left = createRoute({
  getParentRoute: () => root,
  path: '/left',
  component: lazyRouteComponent(() => import('./directory/Leaving.tsx'), 'LeftPage'),
});

const claims = createRoute({
  getParentRoute: () => root,
  path: '/intake/claims',
  validateSearch: texts('state', 'after'),
  component: lazyRouteComponent(() => import('./intake/ClaimsPage.tsx'), 'ClaimsPage'),
});

const newClaim = createRoute({
  getParentRoute: () => root,
  path: '/intake/claims/new',
  component: lazyRouteComponent(() => import('./intake/ClaimNewPage.tsx'), 'ClaimNewPage'),
});

const claimBroker = createRoute({
  getParentRoute: () => root,
  path: '/intake/claims/broker',
  component: lazyRouteComponent(() => import('./intake/ClaimBrokerPage.tsx'), 'ClaimBrokerPage'),
});

const claim = createRoute({
  getParentRoute: () => root,
  path: '/intake/claims/$id',
  component: lazyRouteComponent(() => import('./intake/ClaimPage.tsx'), 'ClaimPage'),
});

const coverage = createRoute({
  getParentRoute: () => root,
  path: '/intake/coverage',
  validateSearch: texts('ecosystem'),
  component: lazyRouteComponent(() => import('./intake/CoveragePage.tsx'), 'CoveragePage'),
});

const intakePolicies = createRoute({
  getParentRoute: () => root,
  path: '/intake/policies',
  validateSearch: texts('purl', 'after'),
  component: lazyRouteComponent(() => import('./intake/IntakePoliciesPage.tsx'), 'IntakePoliciesPage'),
});

const earlyAccess = createRoute({
  getParentRoute: () => root,
  path: '/early-access',
  component: lazyRouteComponent(() => import('./review/Home.tsx'), 'EarlyAccessPage'),
});

/** One model's file: the layout loads it once, the pages below read it with `useSubmission`. */
const submission = createRoute({
  getParentRoute: () => root,
  path: '/early-access/$id',
  component: lazyRouteComponent(() => import('./review/SubmissionLayout.tsx'), 'SubmissionLayout'),
});

const submissionOverview = createRoute({
  getParentRoute: () => submission,
  path: '/',
  component: lazyRouteComponent(() => import('./review/SubmissionOverview.tsx'), 'SubmissionOverview'),
});

const determination = createRoute({
  getParentRoute: () => submission,
  path: 'decision',
  component: lazyRouteComponent(() => import('./review/DeterminationPage.tsx'), 'DeterminationPage'),
});

const partners = createRoute({
  getParentRoute: () => submission,
  path: 'partners',
  component: lazyRouteComponent(() => import('./review/PartnersPage.tsx'), 'PartnersPage'),
});

const invitations = createRoute({
  getParentRoute: () => root,
  path: '/early-access/invitations',
  component: lazyRouteComponent(() => import('./review/PartnerInvitations.tsx'), 'PartnerInvitations'),
});

const submissionFile = createRoute({
  getParentRoute: () => submission,
  path: '/file',
  validateSearch: texts('part'),
  component: lazyRouteComponent(() => import('./review/SubmissionFile.tsx'), 'SubmissionFilePage'),
});

const submissionVersions = createRoute({
  getParentRoute: () => submission,
  path: '/versions',
  validateSearch: texts('from', 'to'),
  component: lazyRouteComponent(() => import('./review/SubmissionVersions.tsx'), 'SubmissionVersionsPage'),
});

const submissionPeople = createRoute({
  getParentRoute: () => submission,
  path: '/people',
  component: lazyRouteComponent(() => import('./review/Audience.tsx'), 'AudiencePage'),
});

const selfCheck = createRoute({
  getParentRoute: () => root,
  path: '/early-access/self-check',
  component: lazyRouteComponent(() => import('./review/SelfCheck.tsx'), 'SelfCheckPage'),
});

const access = createRoute({
  getParentRoute: () => submission,
  path: 'access',
  component: lazyRouteComponent(() => import('./review/AccessPage.tsx'), 'AccessPage'),
});

const incident = createRoute({
  getParentRoute: () => submission,
  path: 'incidents/$incident',
  component: lazyRouteComponent(() => import('./review/IncidentPage.tsx'), 'IncidentPage'),
});

const submissionEvidence = createRoute({
  getParentRoute: () => submission,
  path: '/evidence',
  component: lazyRouteComponent(() => import('./evidence/FileEvidence.tsx'), 'FileEvidence'),
});

const submissionPages = [
  submissionOverview,
  submissionFile,
  submissionVersions,
  submissionPeople,
  access,
  incident,
  determination,
  partners,
  submissionEvidence,
] as const;

const desk = createRoute({
  getParentRoute: () => root,
  path: '/evidence/desk',
  validateSearch: texts('view', 'run', 'after'),
  component: lazyRouteComponent(() => import('./evidence/DeskPage.tsx'), 'DeskPage'),
});

const deskItem = createRoute({
  getParentRoute: () => root,
  path: '/evidence/desk/$id',
  component: lazyRouteComponent(() => import('./evidence/DeskItemPage.tsx'), 'DeskItemPage'),
});

const evidence = createRoute({
  getParentRoute: () => root,
  path: '/evidence',
  validateSearch: texts('after'),
  component: lazyRouteComponent(() => import('./evidence/RunsPage.tsx'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/evidence/runs/$id',
  component: lazyRouteComponent(() => import('./evidence/RunPage.tsx'), 'RunPage'),
});

const transcript = createRoute({
  getParentRoute: () => root,
  path: '/evidence/runs/$id/samples/$sample',
  component: lazyRouteComponent(() => import('./evidence/TranscriptPage.tsx'), 'TranscriptPage'),
});

const compared = createRoute({
  getParentRoute: () => root,
  path: '/evidence/compare',
  validateSearch: texts('a', 'b', 'scorer', 'cluster', 'items', 'open'),
  component: lazyRouteComponent(() => import('./evidence/RunComparePage.tsx'), 'RunComparePage'),
});

const horizon = createRoute({
  getParentRoute: () => root,
  path: '/evidence/horizon',
  validateSearch: texts('runs'),
  component: lazyRouteComponent(() => import('./evidence/HorizonPage.tsx'), 'HorizonPage'),
});

const methods = createRoute({
  getParentRoute: () => root,
  path: '/evidence/methods',
  component: lazyRouteComponent(() => import('./evidence/MethodsPage.tsx'), 'MethodsPage'),
});

const packs = createRoute({
  getParentRoute: () => root,
  path: '/evidence/packs',
  validateSearch: texts('after'),
  component: lazyRouteComponent(() => import('./evidence/PacksPage.tsx'), 'PacksPage'),
});

const pack = createRoute({
  getParentRoute: () => root,
  path: '/evidence/packs/$id',
  component: lazyRouteComponent(() => import('./evidence/PackPage.tsx'), 'PackPage'),
});

const rules = createRoute({
  getParentRoute: () => root,
  path: '/evidence/rules',
  validateSearch: texts('after'),
  component: lazyRouteComponent(() => import('./evidence/RegistrationsPage.tsx'), 'RegistrationsPage'),
});

const rule = createRoute({
  getParentRoute: () => root,
  path: '/evidence/rules/$id',
  component: lazyRouteComponent(() => import('./evidence/RegistrationPage.tsx'), 'RegistrationPage'),
});

const results = createRoute({
  getParentRoute: () => root,
  path: '/evidence/results',
  validateSearch: texts('after'),
  component: lazyRouteComponent(() => import('./evidence/ResultsPage.tsx'), 'ResultsPage'),
});

const newResult = createRoute({
  getParentRoute: () => root,
  path: '/evidence/results/new',
  validateSearch: texts('registration'),
  component: lazyRouteComponent(() => import('./evidence/ResultNewPage.tsx'), 'ResultNewPage'),
});

const result = createRoute({
  getParentRoute: () => root,
  path: '/evidence/results/$id',
  component: lazyRouteComponent(() => import('./evidence/ResultPage.tsx'), 'ResultPage'),
});

const letter = createRoute({
  getParentRoute: () => root,
  path: '/evidence/letters/$id',
  component: lazyRouteComponent(() => import('./evidence/LetterPage.tsx'), 'LetterPage'),
});

const routeTree = root.addChildren([
  home,
  inventory,
  advisories,
  advisory,
  intake,
  intakeFinding,
  intakeReport,
  intakeFollow,
  intakeBatches,
  intakeBatch,
  queue,
  queueItem,
  caseOf,
  held,
  validations,
  validation,
  sources,
  claims,
  newClaim,
  claimBroker,
  claim,
  coverage,
  intakePolicies,
  earlyAccess,
  selfCheck,
  invitations,
  submission.addChildren(submissionPages),
  desk,
  deskItem,
  evidence,
  run,
  transcript,
  compared,
  horizon,
  methods,
  packs,
  pack,
  rules,
  rule,
  results,
  newResult,
  result,
  letter,
  log,
  settings,
  signIn,
  apply,
  applicationProof,
  applicationReceipt,
  terms,
  participation,
  left,
]);

export const router = createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
