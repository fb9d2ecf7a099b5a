import { type ReactNode, useEffect, useRef } from 'react';

let isFirstPage = true;

/** The page's one h1. Names the browser tab and, after a change of page, takes the focus so that it is read out. */
export function PageHeading(props: { children: string; aside?: ReactNode; lead?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isFirstPage) isFirstPage = false;
    else heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${props.children} · Assay`;
  }, [props.children]);
  return (
    <div className="stack-tight">
      <div className="row spread">
        <h1 ref={heading} tabIndex={-1}>
          {props.children}
        </h1>
        {props.aside}
      </div>
      {props.lead && <p className="soft lead">{props.lead}</p>}
    </div>
  );
}
