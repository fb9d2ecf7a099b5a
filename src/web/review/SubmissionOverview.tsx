import { Link, useParams } from '@tanstack/react-router';
import { moments } from '../parts/dates.ts';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { SubmissionWaiting } from './SubmissionWaiting.tsx';
import { type Submission, useSubmission } from './submission-api.ts';
import { WindowPanel } from './WindowPanel.tsx';

/** One model at a glance: what it is, who knows of it, and what is open with whom. */
export function SubmissionOverview() {
  const { id } = useParams({ from: '/early-access/$id' });
  const { data: submission } = useSubmission(id);
  if (submission === undefined) return null;
  const { model, developer, capacity, parties, createdAt, updatedAt } = submission;
  return (
    <div className="stack-wide">
      <PageHeading>{`${model.name} ${model.version}`}</PageHeading>
      <SubmissionWaiting id={id} />
      <WindowPanel submission={submission} />
      <div className="two-columns">
        <section className="card stack" aria-labelledby="model">
          <h2 id="model">The model</h2>
          <dl className="facts">
            <dt>Name</dt>
            <dd>{model.name}</dd>
            <dt>Version</dt>
            <dd>{model.version}</dd>
            <dt>Digest</dt>
            <dd className="break-all">{model.digest ? <code>{model.digest}</code> : 'Not given yet'}</dd>
            <dt>Developer</dt>
            <dd>{developer.name}</dd>
            <dt>File opened</dt>
            <dd>{moments(createdAt)}</dd>
            <dt>Last change</dt>
            <dd>{moments(updatedAt)}</dd>
          </dl>
          <p>
            <Link to="/record" search={{ object: id }}>
              Who did and read what: entries of the log
            </Link>
          </p>
        </section>
        <div className="stack">
          <section className="card stack" aria-labelledby="file">
            <h2 id="file">The file</h2>
            {submission.file ? (
              <>
                <p>{standingText(submission)}</p>
                <p className="soft">
                  {[
                    counted(submission.file.counts.given, 'part given', 'parts given'),
                    `${submission.file.counts.withheld} withheld`,
                    `${submission.file.counts.not_applicable} not applicable`,
                    `${submission.file.counts.open} open`,
                  ].join(', ')}
                  .
                </p>
              </>
            ) : (
              <p>The developer has not handed over a version yet.</p>
            )}
            <p>
              <Link to="/early-access/$id/file" params={{ id }}>
                Open the file
              </Link>
            </p>
          </section>
          <section className="card stack" aria-labelledby="parties">
            <h2 id="parties">Who may know of it</h2>
            <ul className="plain-list">
              {parties.map((party) => (
                <li key={party.organisation}>
                  <strong>{party.name}</strong>
                  {party.capacity === 'developer' ? ', the developer' : `, since ${moments(party.addedAt)}`}
                </li>
              ))}
            </ul>
            {capacity === 'developer' && parties.length === 1 && (
              <p className="soft">Nobody outside your organisation can tell that this file exists.</p>
            )}
          </section>
        </div>
      </div>
    </div>
  );
}

/** Which version there is and who reads which, in a sentence. */
function standingText({ capacity, file, parties }: Submission): string {
  if (file === undefined) return '';
  const saved = `Version ${file.version}, saved ${moments(file.savedAt)}`;
  if (capacity !== 'developer') return `${saved}.`;
  if (file.handedVersion === file.version)
    return `${saved}. ${parties.length > 1 ? 'It is handed over.' : 'Whoever you let in reads it.'}`;
  const handed =
    file.handedVersion === null ? 'nothing is handed over yet' : `version ${file.handedVersion} is handed over`;
  return `${saved}: a draft that only your organisation reads; ${handed}.`;
}
