import { ApiProblem } from '../api.ts';
import { Notice } from './Notice.tsx';

/** Says what went wrong and offers what can be done: another try, or signing in. */
export function Failure(props: { error: unknown; doing: string; onRetry?: () => void }) {
  const { error, doing, onRetry } = props;
  const isSignIn = error instanceof ApiProblem && error.status === 401;
  return (
    <Notice kind={isSignIn ? 'info' : 'error'} heading={isSignIn ? 'Sign in first' : `Could not ${doing}`}>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p className="row">
        {isSignIn && <a href="/sign-in">Sign in</a>}
        {!isSignIn && onRetry && (
          <button type="button" className="usa-button usa-button--outline button-small" onClick={onRetry}>
            Try again
          </button>
        )}
      </p>
    </Notice>
  );
}
