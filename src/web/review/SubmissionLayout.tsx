import { Link, Outlet, useParams } from '@tanstack/react-router';
import { ApiProblem } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { useSubmission } from './submission-api.ts';

/** The pages of one model's file, in the order of the work. */
const pages = [
  { to: '/early-access/$id', label: 'Overview' },
  { to: '/early-access/$id/file', label: 'File' },
  { to: '/early-access/$id/versions', label: 'Versions' },
  { to: '/early-access/$id/people', label: 'Who may know' },
  { to: '/early-access/$id/access', label: 'Access' },
  { to: '/early-access/$id/evidence', label: 'Evidence' },
  { to: '/early-access/$id/partners', label: 'Partners' },
  { to: '/early-access/$id/decision', label: 'Decision' },
] as const;

/** What every page of one model's file stands in: the file is loaded once, and the way from page to page. */
export function SubmissionLayout() {
  const { id } = useParams({ from: '/early-access/$id' });
  const submission = useSubmission(id);
  if (submission.error && !submission.data) {
    const isMissing = submission.error instanceof ApiProblem && submission.error.status === 404;
    return (
      <div className="stack">
        <PageHeading>{isMissing ? 'There is no such file' : 'This file cannot be shown'}</PageHeading>
        <Failure error={submission.error} doing="open the file" onRetry={() => submission.refetch()} />
        <p>
          <Link to="/early-access">Files that you may see</Link>
        </p>
      </div>
    );
  }
  if (!submission.data) return <p className="soft">Opening the file…</p>;
  const { model, developer, capacity } = submission.data;
  return (
    <div className="stack-wide">
      <div className="stack-tight">
        <p className="small">
          <Link to="/early-access">Early access</Link> / {model.name} {model.version}
          {capacity === 'authority' && <> · by {developer.name}</>}
        </p>
        <nav className="subnav" aria-label={`${model.name} ${model.version}`}>
          {pages.map(({ to, label }) => (
            <Link key={to} to={to} params={{ id }} activeOptions={{ exact: to === '/early-access/$id' }}>
              {label}
            </Link>
          ))}
        </nav>
      </div>
      <Outlet />
    </div>
  );
}
