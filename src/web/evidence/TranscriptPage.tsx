import { Link, useParams } from '@tanstack/react-router';
import { Failure } from '../parts/Failure.tsx';
import { count } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { DeskPut } from './DeskRun.tsx';
import { LongText } from './LongText.tsx';
import { type SampleView, useRun, useSample } from './run-api.ts';
import { SampleTags } from './SampleTags.tsx';
import { TranscriptReader } from './TranscriptReader.tsx';

/** One sample: what was asked, how it was scored, and every step of what happened. */
export function TranscriptPage() {
  const { id, sample: text } = useParams({ from: '/evidence/runs/$id/samples/$sample' });
  const number = Number(text);
  const run = useRun(id);
  const sample = useSample(id, number);
  if (sample.error) {
    return (
      <div className="stack">
        <PageHeading>Sample</PageHeading>
        <Failure error={sample.error} doing="open the sample" onRetry={() => sample.refetch()} />
      </div>
    );
  }
  if (!sample.data) return <p className="soft">Opening sample {text}…</p>;
  const { summary } = sample.data;
  return (
    <div className="stack">
      <p className="small soft eyebrow">
        <Link to="/evidence">Evidence</Link> /{' '}
        <Link to="/evidence/runs/$id" params={{ id }}>
          {run.data?.task ?? 'Run'}
        </Link>{' '}
        / sample {count(number)}
      </p>
      <PageHeading
        aside={<Neighbours id={id} number={number} total={run.data?.samples} />}
      >{`${summary.id}, attempt ${summary.epoch}`}</PageHeading>
      <Facts view={sample.data} model={run.data?.model ?? undefined} />
      <DeskPut run={id} sample={number} />
      <TranscriptReader key={`${id} ${number}`} run={id} sample={number} isAnchored />
    </div>
  );
}

function Neighbours(props: { id: string; number: number; total: number | undefined }) {
  const { id, number, total } = props;
  return (
    <nav className="row" aria-label="Samples">
      {number > 1 && (
        <Link to="/evidence/runs/$id/samples/$sample" params={{ id, sample: String(number - 1) }}>
          Sample before
        </Link>
      )}
      {total !== undefined && number < total && (
        <Link to="/evidence/runs/$id/samples/$sample" params={{ id, sample: String(number + 1) }}>
          Next sample
        </Link>
      )}
    </nav>
  );
}

function Facts(props: { view: SampleView; model: string | undefined }) {
  const { summary, events } = props.view;
  return (
    <div className="stack-tight">
      <p className="work-meta meta-flush">
        {props.model && <span className="mono">{props.model}</span>}
        {Object.entries(summary.scores).map(([name, score]) => (
          <span key={name}>
            {name}: <strong className="mono">{score.text.slice(0, 60)}</strong>
          </span>
        ))}
        <span>{count(events)} events</span>
        {summary.tokens !== null && <span>{count(summary.tokens)} tokens</span>}
        <SampleTags summary={summary} />
      </p>
      {Object.entries(summary.scores).map(([name, score]) =>
        score.edits.map((edit) => (
          <p className="small" key={`${name} ${edit.at} ${edit.text}`}>
            Score {name} was edited from <strong>{score.original ?? 'unscored'}</strong> to{' '}
            <strong>{edit.text ?? 'the same value'}</strong>
            {edit.author && ` by ${edit.author}`}
            {edit.reason && `: ${edit.reason}`}
          </p>
        )),
      )}
      {summary.error && <p className="small">Error: {summary.error.slice(0, 1000)}</p>}
      <details>
        <summary>Input and target</summary>
        <div className="two-columns">
          <LongText text={summary.input} label="the input" />
          <LongText text={summary.target} label="the target" />
        </div>
      </details>
    </div>
  );
}
