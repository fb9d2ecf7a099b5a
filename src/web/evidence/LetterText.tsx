import { Link } from '@tanstack/react-router';
import { anchorWords, type Letter, type Section } from '../../domain/evidence/letter.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';

/**
 * A letter as it reads. `areRunsOpen`: whether this reader may follow its attempts into the transcripts; `signed`: what is known of its
 * signatures, a line each.
 */
export function LetterText(props: { letter: Letter; areRunsOpen: boolean; signed: readonly string[] }) {
  const { letter, areRunsOpen, signed } = props;
  return (
    <article className="letter card" aria-label={letter.title}>
      <p className="letter-from">{letter.from}</p>
      {letter.kind === 'copy' && <p className="soft small">Copy for release. What is withheld is marked so.</p>}
      <p className="letter-statement">{letter.statement}</p>
      {letter.sections.map((section) => (
        <SectionText key={section.key} section={section} isCopy={letter.kind === 'copy'} areRunsOpen={areRunsOpen} />
      ))}
      <div className="small break-all">
        {signed.map((line) => (
          <p key={line}>{line}</p>
        ))}
        <p className="mono">Inputs {letter.inputsDigest}</p>
      </div>
    </article>
  );
}

function SectionText(props: { section: Section; isCopy: boolean; areRunsOpen: boolean }) {
  const { section, isCopy, areRunsOpen } = props;
  const { key, heading, withheld, paragraphs, list = [], table, anchors = [] } = section;
  return (
    <section className="stack-tight" aria-labelledby={`section-${key}`}>
      <h3 id={`section-${key}`}>{heading}</h3>
      {withheld !== undefined && (
        <p className="withheld">
          {isCopy ? 'Withheld' : 'Withheld from the copy'}: {withheld}
        </p>
      )}
      {paragraphs.map((text, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: paragraphs of one letter keep their places.
        <p key={at} className="pre-line">
          {text}
        </p>
      ))}
      {list.length > 0 && (
        <ul>
          {list.map((text) => (
            <li key={text} className="pre-line break-words">
              {text}
            </li>
          ))}
        </ul>
      )}
      {anchors.length > 0 && (
        <ul>
          {anchors.map((anchor) => (
            <li key={`${anchor.run} ${anchor.number}`}>
              {areRunsOpen ? (
                <Link
                  to="/evidence/runs/$id/samples/$sample"
                  params={{ id: anchor.run, sample: String(anchor.number) }}
                >
                  {anchorWords(anchor)}
                </Link>
              ) : (
                anchorWords(anchor)
              )}
            </li>
          ))}
        </ul>
      )}
      {table !== undefined && (
        <ScrollArea label={heading} className="table-wide">
          <table className="usa-table">
            <thead>
              <tr>
                {table.head.map((text) => (
                  <th key={text} scope="col">
                    {text}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map(([first, ...cells]) => (
                <tr key={first}>
                  <th scope="row">{first}</th>
                  {cells.map((text, at) => (
                    <td key={table.head[at + 1]}>{text}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
    </section>
  );
}
