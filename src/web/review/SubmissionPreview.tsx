import type { Preview as Shape } from '../../domain/review/submission-audience.ts';

/** Who will learn what, before an act that widens what somebody knows (I6). */
export function Preview(props: { preview: Shape; nobody?: string }) {
  const { preview, nobody } = props;
  const list = (heading: string, lines: string[]) => (
    <section className="stack-tight" aria-label={heading}>
      <h3>{heading}</h3>
      <ul className="plain-bullets">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
  return (
    <div className="stack preview">
      {preview.who.length === 0 ? <p>{nobody}</p> : list('Who will learn it', preview.who)}
      {list(preview.who.length === 0 ? 'What it says' : 'What they will learn', preview.learn)}
      {list('What stays with you', preview.sealed)}
    </div>
  );
}
