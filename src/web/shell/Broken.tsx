import type { ErrorComponentProps } from '@tanstack/react-router';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';

export function Broken(props: ErrorComponentProps) {
  return (
    <main className="shell-wide">
      <div className="stack">
        <PageHeading>This page broke</PageHeading>
        <Notice kind="error">
          <p>{props.error instanceof Error ? props.error.message : String(props.error)}</p>
        </Notice>
        <p>Nothing you marked is lost. Load the page again; if it breaks again, tell whoever runs this instance.</p>
        <p>
          <button type="button" className="usa-button" onClick={() => location.reload()}>
            Load again
          </button>
        </p>
      </div>
    </main>
  );
}
