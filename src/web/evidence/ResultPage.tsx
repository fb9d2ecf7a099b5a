import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type CardField, questions } from '../../domain/evidence/elicitation.ts';
import {
  answerWords,
  boundsWords,
  estimandWords,
  intervalWords,
  moreWords,
  percent,
  reasonSays,
  reasonWords,
  ruleWords,
  sideWords,
} from '../../domain/evidence/letter-words.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { AttemptsChart, BudgetChart, CheatingChart } from './ResultCharts.tsx';
import {
  type LetterView,
  measurers,
  type ResultView,
  resultPath,
  useLetters,
  useRefresh,
  useResult,
} from './result-api.ts';

/** One result: what the runs say beside the rule, why, and what would settle it. */
export function ResultPage() {
  const { id } = useParams({ from: '/evidence/results/$id' });
  const found = useResult(id);
  if (found.error)
    return (
      <div className="stack">
        <PageHeading>Result</PageHeading>
        <Failure error={found.error} doing="open the result" onRetry={() => found.refetch()} />
      </div>
    );
  if (found.data === undefined) return <p className="soft">Opening…</p>;
  const { result, plan, title, model, registration, attempts } = found.data;
  return (
    <div className="stack-wide">
      <PageHeading lead={<span className="mono">{model}</span>}>{title}</PageHeading>
      <p>
        <Link to="/evidence/results">Results</Link> ·{' '}
        <Link to="/evidence/rules/$id" params={{ id: registration }}>
          The registered rule
        </Link>{' '}
        ·{' '}
        <Link to="/record" search={{ object: id }}>
          Its place in the log
        </Link>
      </p>
      <Answer view={found.data} />
      <Remarks view={found.data} />
      <section className="card">
        <CheatingChart result={result} rule={plan.rule} />
        <p className="soft small">
          The line shows the one-sided bounds at {percent(result.confidence)} confidence each, which the rule uses.{' '}
          {result.cheated === 0
            ? 'No attempt was found dishonest, so the three are the same.'
            : `${counted(result.cheated, 'attempt')} found dishonest.`}
        </p>
      </section>
      {(result.budgetCurve !== null || attempts.length > 0) && (
        <div className="two-columns">
          {result.budgetCurve !== null && (
            <section className="card" aria-label="Budget">
              <BudgetChart curve={result.budgetCurve} />
            </section>
          )}
          {attempts.length > 0 && (
            <section className="card" aria-label="Attempts">
              <AttemptsChart attempts={attempts} />
            </section>
          )}
        </div>
      )}
      <Elicitation view={found.data} />
      <Letters id={id} />
      <Inputs view={found.data} />
    </div>
  );
}

function Answer({ view }: { view: ResultView }) {
  const { result, plan } = view;
  const { headline, zone, reasons, threshold } = result;
  const more = moreWords(result);
  return (
    <section className="card stack" aria-labelledby="answer">
      <h2 id="answer" className="answer">
        {answerWords(result, plan.rule)}
      </h2>
      <p className="soft">{ruleWords(plan.rule)}</p>
      {headline === null ? (
        <p>No attempt has a score.</p>
      ) : (
        <p>
          Measured <strong className="figure">{percent(headline.mean)}</strong>. From {counted(headline.items, 'item')}{' '}
          in {counted(headline.clusters, 'group')}, {counted(headline.attempts, 'scored attempt')}; about{' '}
          {estimandWords[plan.rule.estimand]}.
        </p>
      )}
      {headline !== null && (
        <ul className="plain-list">
          <li>
            One-sided bounds at {percent(result.confidence)} each, which the rule uses: {boundsWords(headline)},{' '}
            {sideWords[headline.side]} of {percent(threshold)}
            {zone === 'undecided' && headline.side !== 'between' && ', but the rule asks for more'}.
          </li>
          <li>Two-sided 95% interval, for reading: {intervalWords(headline)}.</li>
        </ul>
      )}
      {reasons.length > 0 && (
        <div className="stack-tight">
          <h3>Why it is undecided, and what to do</h3>
          <ul className="marks">
            {reasons.map((reason) => (
              <li key={reason}>
                <strong>{reasonSays(reason, result, plan.rule)}</strong>
                <br />
                {reasonWords[reason].toDo}
              </li>
            ))}
          </ul>
        </div>
      )}
      {more !== undefined && <p>{more}</p>}
      <p className="soft small">
        The threshold is your own. No determination is derived from it, and no release waits for it.
      </p>
    </section>
  );
}

function Remarks({ view }: { view: ResultView }) {
  const { remarks, result } = view;
  if (remarks.length + result.warnings.length === 0) return null;
  return (
    <section className="stack-tight" aria-labelledby="remarks">
      <h2 id="remarks">To know beside it</h2>
      <ul className="marks">
        {remarks.map(({ code, text }) => (
          <li key={code}>{text}</li>
        ))}
        {result.warnings.map(({ code, message }) => (
          <li key={code}>{message}</li>
        ))}
      </ul>
    </section>
  );
}

function Elicitation({ view }: { view: ResultView }) {
  const { card, result } = view;
  const gaps = new Set(result.elicitationGaps.map(({ field }) => field));
  return (
    <section className="card stack" aria-labelledby="elicitation">
      <div className="row spread">
        <h2 id="elicitation">What was done to bring out ability</h2>
        <span className={`tag ${gaps.size > 0 ? 'tag-soon' : 'tag-pine'}`}>
          {gaps.size > 0 ? counted(gaps.size, 'gap') : 'Every question answered'}
        </span>
      </div>
      <dl className="facts">
        {(Object.keys(questions) as CardField[]).map((field) => {
          const answer = card[field];
          return (
            <div key={field} className="facts-row">
              <dt>{questions[field].label}</dt>
              <dd>
                {answer === undefined ? (
                  <span className="soft">Not said. {questions[field].ask}</span>
                ) : answer.state === 'given' ? (
                  <span className="pre-line">{answer.text}</span>
                ) : (
                  <>
                    {answer.state === 'withheld' ? 'Withheld: ' : 'Does not apply: '}
                    {answer.reason}
                  </>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function Letters({ id }: { id: string }) {
  const navigate = useNavigate();
  const session = useSession();
  const refresh = useRefresh('letter');
  const letters = useLetters({ result: id });
  const items = letters.data?.items ?? [];
  const write = useMutation({
    mutationFn: () => ask<LetterView>('/api/v1/letters', { method: 'POST', body: { result: id } }),
    onSuccess: async (letter) => {
      await refresh();
      await navigate({ to: '/evidence/letters/$id', params: { id: letter.id } });
    },
  });
  return (
    <section className="card stack" aria-labelledby="letters">
      <h2 id="letters">Findings letters</h2>
      <p className="soft">
        A letter says this result in sentences, with its limits. Two people sign it; you decide what of it others are
        given.
      </p>
      {items.length > 0 && (
        <ul className="plain-list">
          {items.map((one) => (
            <li key={one.id}>
              <Link to="/evidence/letters/$id" params={{ id: one.id }}>
                {one.title}
              </Link>{' '}
              <span className="soft small">{moments(one.at)}</span>
            </li>
          ))}
        </ul>
      )}
      {write.error && <Failure error={write.error} doing="write a letter" />}
      {session.data?.roles.some((role) => measurers.includes(role)) && (
        <div>
          <button
            type="button"
            className="usa-button usa-button--outline"
            disabled={write.isPending}
            onClick={() => write.mutate()}
          >
            Write a letter
          </button>
        </div>
      )}
    </section>
  );
}

const signedWords = { none: 'nobody signed', one: 'one person signed', both: 'two people signed' } as const;

function Inputs({ view }: { view: ResultView }) {
  const { result, runs, registeredAs, digest, computedAt } = view;
  const { headline } = result;
  return (
    <details className="details">
      <summary>What it was computed from</summary>
      <div className="stack form-inset">
        <dl className="facts">
          <dt>Rule registered</dt>
          <dd>
            {moments(registeredAs.registeredAt)}
            <br />
            <span className="mono small break-all">{registeredAs.digest}</span>
          </dd>
          <dt>Computed</dt>
          <dd>{moments(computedAt)}</dd>
          <dt>Inputs</dt>
          <dd className="mono small break-all">{digest}</dd>
          <dt>Seed</dt>
          <dd>{result.seed}</dd>
          {headline !== null && (
            <>
              <dt>Methods</dt>
              <dd>{[result.method, ...new Set(Object.values(headline.methods))].join(', ')}, b11</dd>
              <dt>Chance above the threshold</dt>
              <dd>{percent(headline.probabilityAbove)}</dd>
            </>
          )}
          {result.bootstrap !== null && (
            <>
              <dt>Bootstrap interval, two-sided 95%</dt>
              <dd>
                {percent(result.bootstrap.interval.low)} to {percent(result.bootstrap.interval.high)}
              </dd>
            </>
          )}
        </dl>
        <h3>Runs</h3>
        <ul className="plain-list">
          {runs.map((run) => (
            <li key={run.id}>
              <Link to="/evidence/runs/$id" params={{ id: run.id }}>
                {run.model}
              </Link>
              , {counted(run.samples, 'attempt')}, brought in {moments(run.importedAt)};{' '}
              {counted(run.readings.items, 'attempt')} put on the desk
              {run.readings.items > 0 &&
                `, ${run.readings.open} without an outcome, ${signedWords[run.readings.signed]}`}
              <br />
              <span className="mono small break-all">{run.digest}</span>
            </li>
          ))}
        </ul>
        <p>
          <a className="usa-button usa-button--outline" href={resultPath(view.id, '/export')} download>
            Save everything as JSON
          </a>
        </p>
        <p className="soft small">
          Whoever has that file computes the same on their own machine:{' '}
          <code>npx assay evidence result result.json</code>
        </p>
      </div>
    </details>
  );
}
