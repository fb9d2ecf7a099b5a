import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useDeferredValue, useState } from 'react';
import * as vers from '../../domain/advisory/vers.ts';
import { authorityProblems } from '../../domain/intake/claim.ts';
import { claimPolicy } from '../../domain/intake/claim-policy.ts';
import * as scopes from '../../domain/intake/scope.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ClaimFields, claimOf, type Draft, emptyDraft } from './ClaimForm.tsx';
import { ClaimScope, ClaimTarget } from './ClaimScope.tsx';
import { type Claim, useClaimAct, useIntakePolicies } from './claim-api.ts';
import { IntakeNav } from './IntakeNav.tsx';
import { IntakePolicyCard } from './IntakePolicyCard.tsx';

/** The form of a new claim, and beside it what it covers, by the very rule of the server. */
export function ClaimNewPage() {
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [isTried, setTried] = useState(false);
  const register = useClaimAct<Claim>();
  const navigate = useNavigate();
  const asked = claimOf(draft);
  const read = scopes.read(asked.scope);
  const scope = 'scope' in read ? read.scope : undefined;
  const at = new Date().toISOString();
  const target = scope?.target ?? { kind: 'package' as const, purl: '' };
  const problems = [...('problems' in read ? read.problems : []), ...authorityProblems(asked.authority, target, at)];
  // Before it is sent, only what is typed already is found fault with.
  const typed: Record<string, string> = {
    purl: draft.target,
    host: draft.target,
    versions: draft.versions,
    path: draft.path,
  };
  const faults = new Map(
    problems.filter(({ path }) => isTried || (typed[path] ?? '') !== '').map(({ path, message }) => [path, message]),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problems.length > 0) return;
    register.mutate(
      { path: '/api/v1/claims', body: asked, said: 'Claimed.' },
      { onSuccess: ({ id }) => navigate({ to: '/intake/claims/$id', params: { id } }) },
    );
  };
  return (
    <div className="stack-wide">
      <PageHeading
        lead="It answers the same whether or not others claimed the same. Once it stands, you may ask whether somebody did."
        aside={<Link to="/intake/claims">All claims</Link>}
      >
        Claim a scan
      </PageHeading>
      <IntakeNav />
      <div className="claim-columns">
        <form className="stack" onSubmit={submit} noValidate>
          <ClaimFields draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} faults={faults} />
          {isTried && problems.length > 0 && (
            <Notice kind="error" heading="Something is missing">
              <ul>
                {problems.map(({ path, message }) => (
                  <li key={path + message}>{message}</li>
                ))}
              </ul>
            </Notice>
          )}
          {register.error && <Failure error={register.error} doing="register the claim" />}
          <p>
            <button type="submit" className="usa-button" disabled={register.isPending}>
              Register the claim
            </button>
          </p>
        </form>
        <Preview scope={scope} days={Number(draft.days)} at={at} />
      </div>
    </div>
  );
}

function Preview(props: { scope: scopes.Scope | undefined; days: number; at: string }) {
  const { scope, days, at } = props;
  const purl = useDeferredValue(scope?.target.kind === 'package' ? scope.target.purl : undefined);
  const policies = useIntakePolicies({ purl }, purl !== undefined);
  const stated = purl === undefined ? [] : (policies.data?.items ?? []);
  const isLeaseRight = Number.isInteger(days) && days >= 1 && days <= claimPolicy.maxDays;
  return (
    <aside className="stack claim-preview" aria-label="What it covers">
      <section className="card stack" aria-labelledby="covers">
        <h2 id="covers">What it covers</h2>
        {scope === undefined ? (
          <p className="soft">Name a package or a host, and what the claim covers stands here.</p>
        ) : (
          <>
            <div className="stack-tight">
              <p>
                <ClaimTarget scope={scope} />
              </p>
              <ClaimScope scope={scope} />
            </div>
            {isLeaseRight && (
              <p className="small soft">
                Until {moments(new Date(Date.parse(at) + days * 86_400_000).toISOString())} at the latest.
              </p>
            )}
            {scope.versions !== scopes.allVersions && <Tester range={scope.versions} />}
          </>
        )}
      </section>
      {scope?.target.kind === 'package' && (
        <section className="card stack" aria-labelledby="wishes">
          <h2 id="wishes">What its maintainers ask</h2>
          {policies.error && <Failure error={policies.error} doing="read what maintainers ask" />}
          {policies.data && stated.length === 0 && (
            <p className="soft">Nothing is stated here for this package. Look for a security.txt of its project.</p>
          )}
          {stated.map((one) => (
            <IntakePolicyCard key={one.id} stated={one} />
          ))}
        </section>
      )}
    </aside>
  );
}

/** Lets one version be tried against the range. */
function Tester({ range }: { range: string }) {
  const [version, setVersion] = useState('');
  const isOrdered = vers.orderOfVersType(vers.read(range).type) !== undefined;
  if (!isOrdered) return null;
  const isIn = version.trim() !== '' && vers.contains(vers.read(range), version.trim());
  return (
    <Field label="Try a version" hint="Compared as the ecosystem of the package orders versions">
      {(control) => (
        <div className="row">
          <input
            {...control}
            className="usa-input mono claim-try"
            maxLength={100}
            value={version}
            onChange={(event) => setVersion(event.target.value)}
          />
          <span aria-live="polite">
            {version.trim() !== '' && (
              <span className={`tag ${isIn ? 'tag-pine' : ''}`}>{isIn ? 'covered' : 'not covered'}</span>
            )}
          </span>
        </div>
      )}
    </Field>
  );
}
