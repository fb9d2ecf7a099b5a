import type { ReactNode } from 'react';

/** A framed message. `error` and `warning` are announced at once, `info` and `success` politely. */
export function Notice(props: {
  kind: 'info' | 'success' | 'warning' | 'error';
  heading?: string;
  children: ReactNode;
  isQuiet?: boolean;
}) {
  const { kind, heading, children, isQuiet } = props;
  const role = isQuiet ? undefined : kind === 'error' || kind === 'warning' ? 'alert' : 'status';
  return (
    <div className={`usa-alert usa-alert--${kind} ${heading ? '' : 'usa-alert--slim'}`} role={role}>
      <div className="usa-alert__body">
        {heading && <p className="usa-alert__heading">{heading}</p>}
        <div className="usa-alert__text">{children}</div>
      </div>
    </div>
  );
}
