import { type ReactNode, useEffect, useRef, useState } from 'react';

type Plot = typeof import('@observablehq/plot');

/**
 * A chart and, always, the table of what it draws. `draw` gets the charting library, which is fetched when the
 * chart is first shown, and a document in which to build.
 */
export function Chart(props: {
  caption: string;
  draw: (plot: Plot, width: number, document: Document) => Element;
  table: ReactNode;
}) {
  const { caption, draw, table } = props;
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);

  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (width === 0) return;
    let isCurrent = true;
    import('@observablehq/plot').then((plot) => {
      if (!isCurrent || !place.current) return;
      const drawing = draw(plot, width, document.implementation.createHTMLDocument());
      // Plot puts a style element into its drawing; the content security policy forbids it, our stylesheet has the rules.
      for (const style of drawing.querySelectorAll('style')) style.remove();
      drawing.setAttribute('aria-hidden', 'true');
      place.current.replaceChildren(drawing);
    });
    return () => {
      isCurrent = false;
    };
  }, [draw, width]);

  return (
    <figure className="chart-figure stack-tight">
      <figcaption>
        <h3>{caption}</h3>
      </figcaption>
      <div className="chart" ref={place} />
      <details>
        <summary className="small">The same as a table</summary>
        {table}
      </details>
    </figure>
  );
}
