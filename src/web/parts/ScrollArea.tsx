import type { ReactNode } from 'react';

/** A named part that scrolls by itself, also by keyboard (WCAG 2.1.1). */
export function ScrollArea(props: { label: string; className?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or the keyboard cannot scroll it.
    <section className={props.className} aria-label={props.label} tabIndex={0}>
      {props.children}
    </section>
  );
}
