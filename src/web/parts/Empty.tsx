import type { ReactNode } from 'react';

/** What stands where a list has nothing to show: why, and what to do about it. */
export function Empty(props: { heading: string; children: ReactNode }) {
  return (
    <div className="card empty stack-tight">
      <h2>{props.heading}</h2>
      <div className="soft stack-tight">{props.children}</div>
    </div>
  );
}
