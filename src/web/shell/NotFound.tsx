import { Link } from '@tanstack/react-router';
import { PageHeading } from '../parts/PageHeading.tsx';

/** Also what a person sees who may not know that a thing exists: both answers are one. */
export function NotFound() {
  return (
    <div className="stack">
      <PageHeading lead="There is nothing at this address, or it is not shared with you.">Not found</PageHeading>
      <p>
        Go to the <Link to="/">patch list</Link> or search the <Link to="/advisories">advisories</Link>.
      </p>
    </div>
  );
}
