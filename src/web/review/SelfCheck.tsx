import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type Answers, findingsOf, questions, summaryText, unknowns } from '../../domain/review/self-check.ts';
import { useSession } from '../directory/session.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { save } from '../parts/save.ts';
import { OpenFile } from './SubmissionOpen.tsx';

const key = 'assay.self-check';

function keptAnswers(): Answers {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? '{}') as Answers;
  } catch {
    return {};
  }
}

/** Ten questions for a small lab. Everything happens on this page; nothing is sent. */
export function SelfCheckPage() {
  const [answers, setAnswers] = useState<Answers>(keptAnswers);
  const session = useSession();
  useEffect(() => {
    if (Object.keys(answers).length === 0) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(answers));
  }, [answers]);
  const findings = findingsOf(answers);
  const { quick, longer, thoughts, answered, parts } = findings;
  const roles = session.data?.roles ?? [];
  const mayOpen = roles.includes('release_manager') || roles.includes('security_lead');
  return (
    <div className="stack-wide">
      <PageHeading lead="Ten questions for a developer who wonders what early access would take. No account, no score. Your answers stay in this tab: nothing is sent.">
        Self-check
      </PageHeading>
      <div className="file">
        <form className="stack" onSubmit={(event) => event.preventDefault()}>
          {questions.map((question, at) => (
            <fieldset key={question.key} className="usa-fieldset card question">
              <legend>
                <span className="file-number">{at + 1}</span> {question.ask}
              </legend>
              {question.hint && <p className="usa-hint">{question.hint}</p>}
              {question.answers.map((answer) => {
                const chosen = answers[question.key] ?? [];
                return (
                  <label key={answer.key} className="choice">
                    <input
                      type={question.isSeveral ? 'checkbox' : 'radio'}
                      name={question.key}
                      checked={chosen.includes(answer.key)}
                      onChange={(event) =>
                        setAnswers({
                          ...answers,
                          [question.key]: !question.isSeveral
                            ? [answer.key]
                            : event.target.checked
                              ? [...chosen, answer.key]
                              : chosen.filter((one) => one !== answer.key),
                        })
                      }
                    />
                    {answer.label}
                  </label>
                );
              })}
            </fieldset>
          ))}
        </form>
        <ScrollArea className="card stack file-gaps" label="What this comes to">
          <h2>What this comes to</h2>
          {answered.length === 0 && <p className="soft">Answer what you like, in any order; this side follows.</p>}
          <Numbers heading="Quickly said" parts={quick} />
          <Numbers heading="Would take longer" parts={longer} />
          {thoughts.length > 0 && (
            <section className="stack-tight" aria-label="To think about">
              <h3>To think about</h3>
              <ul className="plain-bullets">
                {thoughts.map((thought) => (
                  <li key={thought}>{thought}</li>
                ))}
              </ul>
            </section>
          )}
          <section className="stack-tight" aria-label="What this check cannot say">
            <h3>What this check cannot say</h3>
            <ul className="plain-bullets">
              {unknowns.map((unknown) => (
                <li key={unknown}>{unknown}</li>
              ))}
            </ul>
          </section>
          {answered.length > 0 && (
            <div className="row">
              <button
                type="button"
                className="usa-button usa-button--outline button-small"
                onClick={() => save(summaryText(findings), 'self-check.txt', 'text/plain')}
              >
                Save as text
              </button>
              <button
                type="button"
                className="usa-button usa-button--outline button-small"
                onClick={() =>
                  save(JSON.stringify({ answers, ...findings }, null, 2), 'self-check.json', 'application/json')
                }
              >
                Save as JSON
              </button>
              <button type="button" className="usa-button usa-button--unstyled" onClick={() => setAnswers({})}>
                Forget my answers
              </button>
            </div>
          )}
        </ScrollArea>
      </div>
      {answered.length > 0 &&
        (mayOpen ? (
          <OpenFile
            heading="Start a file with these answers"
            parts={parts}
            onOpened={() => sessionStorage.removeItem(key)}
          />
        ) : (
          <p className="soft">
            A file keeps such answers for your organisation and shows them to nobody until you say so.{' '}
            {session.data?.person ? (
              'A release manager or security lead opens one.'
            ) : (
              <Link to="/sign-in">Sign in to start one</Link>
            )}
          </p>
        ))}
    </div>
  );
}

function Numbers(props: { heading: string; parts: { number: number; name: string }[] }) {
  const { heading, parts } = props;
  if (parts.length === 0) return null;
  return (
    <section className="stack-tight" aria-label={heading}>
      <h3>{heading}</h3>
      <ul className="plain-list">
        {parts.map(({ number, name }) => (
          <li key={number}>
            {number} {name}
          </li>
        ))}
      </ul>
    </section>
  );
}
