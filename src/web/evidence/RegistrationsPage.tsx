import { Link, useSearch } from '@tanstack/react-router';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { EvidenceNav } from './EvidenceNav.tsx';
import { RegistrationForm } from './RegistrationForm.tsx';
import { measurers, useRegistrations } from './result-api.ts';

/** Registered rules that one may know of, and the form for another. */
export function RegistrationsPage() {
  const search = useSearch({ from: '/evidence/rules' });
  const session = useSession();
  const rules = useRegistrations(search.after);
  const items = rules.data?.items ?? [];
  const mayRegister = session.data?.roles.some((role) => measurers.includes(role));
  return (
    <div className="stack-wide">
      <PageHeading lead="What counts as an answer, written down before the runs are opened. The moment stands in the log, and a rule is never changed afterwards.">
        Rules
      </PageHeading>
      <EvidenceNav />
      {rules.error && <Failure error={rules.error} doing="list the rules" onRetry={() => rules.refetch()} />}
      {rules.data !== undefined && items.length === 0 && (
        <Empty heading="No rules yet">
          <p>
            {mayRegister
              ? 'Register one below, before you bring in the logs it is for: a result says whether the rule or the runs came first.'
              : 'None is registered by your organisation, and none is shown to it.'}
          </p>
        </Empty>
      )}
      {items.length > 0 && (
        <section aria-label={`${counted(items.length, 'rule')} on this page`}>
          <ul className="entries card card-flush">
            {items.map((one) => (
              <li key={one.id}>
                <div className="row spread">
                  <h2 className="entry-name">
                    <Link to="/evidence/rules/$id" params={{ id: one.id }}>
                      {one.plan.rule.title}
                    </Link>
                  </h2>
                  <span className="row">
                    {one.organisation !== session.data?.organisation?.id && (
                      <span className="tag tag-later">Shown to you</span>
                    )}
                    {one.withdrawnAt !== null && <span className="tag tag-soon">Withdrawn</span>}
                  </span>
                </div>
                <p className="soft small">
                  {one.plan.task} · {counted(one.plan.items, 'item')} · registered {moments(one.registeredAt)}
                </p>
              </li>
            ))}
          </ul>
          {rules.data?.next && (
            <p>
              <Link to="/evidence/rules" search={{ after: rules.data.next }} className="usa-button usa-button--outline">
                Older rules
              </Link>
            </p>
          )}
        </section>
      )}
      {mayRegister && <RegistrationForm />}
    </div>
  );
}
