import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { machineReportNames, type IntakePolicy as Policy } from '../../domain/intake/intake-policy.ts';
import * as scopes from '../../domain/intake/scope.ts';
import { useSession } from '../directory/session.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { type IntakePolicy, type NewIntakePolicy, useClaimAct, useIntakePolicies } from './claim-api.ts';
import { IntakeNav } from './IntakeNav.tsx';
import { IntakePolicyCard } from './IntakePolicyCard.tsx';

/** What maintainers ask of those who scan their packages. Open to everybody; maintainers state theirs here. */
export function IntakePoliciesPage() {
  const search = useSearch({ from: '/intake/policies' });
  const session = useSession();
  const isMaintainer = session.data?.roles.includes('maintainer') ?? false;
  const purl = search.purl === undefined || search.purl === '' ? undefined : search.purl;
  const policies = useIntakePolicies({ purl, after: search.after });
  const own = useIntakePolicies({ of: 'own' }, isMaintainer);
  const items = policies.data?.items ?? [];
  const [changed, setChanged] = useState<IntakePolicy>();
  const change = (stated: IntakePolicy) => {
    setChanged(stated);
    document.getElementById('state')?.scrollIntoView();
    document.getElementById('state')?.focus();
  };
  return (
    <div className="stack-wide">
      <PageHeading lead="Maintainers say here how much they can deal with, in which language, and what they refuse. Whoever claims a scan sees it before they start.">
        What maintainers ask
      </PageHeading>
      <IntakeNav />
      {session.data?.roles.includes('coordinator') && (
        <p className="small">
          Statements that wait to be confirmed stand in <Link to="/intake/claims/broker">the broker's list</Link>.
        </p>
      )}
      <Search purl={purl ?? ''} />
      {policies.error && (
        <Failure error={policies.error} doing="list what maintainers ask" onRetry={() => policies.refetch()} />
      )}
      {policies.data && items.length === 0 && (
        <Empty heading={purl === undefined ? 'Nothing is stated yet' : 'Nothing is stated for this package'}>
          <p>
            {isMaintainer
              ? 'State what you ask in the form below.'
              : 'Somebody with the role of a maintainer can state what they ask. Until then, look for a security.txt of the project.'}
          </p>
        </Empty>
      )}
      {items.length > 0 && (
        <ul className="claim-list" aria-label="Statements">
          {items.map((one) => (
            <li key={one.id} className="card">
              <IntakePolicyCard stated={one} />
            </li>
          ))}
        </ul>
      )}
      {policies.data?.next !== undefined && (
        <p>
          <Link
            to="/intake/policies"
            search={{ ...search, after: policies.data.next }}
            className="usa-button usa-button--outline"
          >
            Older statements
          </Link>
        </p>
      )}
      {isMaintainer && <Own items={own.data?.items ?? []} onChange={change} />}
      {isMaintainer && <StateForm key={changed?.id} stands={changed} onDone={() => setChanged(undefined)} />}
    </div>
  );
}

function Search({ purl }: { purl: string }) {
  const navigate = useNavigate();
  const [text, setText] = useState(purl);
  const read = text.trim() === '' ? undefined : scopes.read({ purl: text.trim(), technique: 'other' });
  const fault = read !== undefined && 'problems' in read ? read.problems[0]?.message : undefined;
  const [isTried, setTried] = useState(false);
  const find = (event: FormEvent) => {
    event.preventDefault();
    setTried(fault !== undefined);
    if (fault === undefined)
      navigate({ to: '/intake/policies', search: text.trim() === '' ? {} : { purl: text.trim() } });
  };
  return (
    <search>
      <form className="row align-bottom" onSubmit={find}>
        <Field label="Package" hint="A package URL, such as pkg:npm/left-pad" error={isTried ? fault : undefined}>
          {(control) => (
            <input
              {...control}
              className="usa-input mono claim-search"
              maxLength={500}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <button type="submit" className="usa-button usa-button--outline">
          Find
        </button>
      </form>
    </search>
  );
}

function Own({ items, onChange }: { items: IntakePolicy[]; onChange: (stated: IntakePolicy) => void }) {
  const act = useClaimAct();
  if (items.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="own">
      <h2 id="own">Stated by your organisation</h2>
      <ul className="claim-list">
        {items.map((one) => (
          <li key={one.id} className="card stack">
            <IntakePolicyCard stated={one} isProofShown />
            {(one.standing === 'stated' || one.standing === 'confirmed') && (
              <p className="row">
                <button type="button" className="usa-button usa-button--outline" onClick={() => onChange(one)}>
                  Change
                </button>
                <button
                  type="button"
                  className="usa-button usa-button--outline"
                  disabled={act.isPending}
                  onClick={() =>
                    act.mutate({
                      path: `/api/v1/intake-policies/${encodeURIComponent(one.id)}`,
                      method: 'DELETE',
                      said: 'Taken back.',
                    })
                  }
                >
                  Take it back
                </button>
              </p>
            )}
          </li>
        ))}
      </ul>
      {act.error && <Failure error={act.error} doing="take it back" />}
    </section>
  );
}

const empty = {
  purl: '',
  isOptOut: false,
  reportsPerWeek: '',
  languages: '',
  contact: '',
  securityTxt: '',
  machineReports: '',
  refuses: '',
  proofText: '',
  proofUrl: '',
};

function policyOf(draft: typeof empty, preferredTechniques: scopes.Technique[]): NewIntakePolicy {
  const set = (name: string, text: string) => (text.trim() === '' ? {} : { [name]: text.trim() });
  return {
    purl: draft.purl.trim(),
    policy: {
      isOptOut: draft.isOptOut,
      languages: draft.languages.split(/[\s,]+/).filter((one) => one !== ''),
      preferredTechniques,
      ...(draft.reportsPerWeek !== '' && { reportsPerWeek: Number(draft.reportsPerWeek) }),
      ...(draft.machineReports !== '' && {
        machineReports: draft.machineReports as NonNullable<Policy['machineReports']>,
      }),
      ...set('contact', draft.contact),
      ...set('securityTxt', draft.securityTxt),
      ...set('refuses', draft.refuses),
    },
    proof: { text: draft.proofText.trim(), url: draft.proofUrl.trim() },
  };
}

/** What stands, as the form holds it. */
const draftOf = ({ purl, policy, proof }: IntakePolicy): typeof empty => ({
  purl,
  isOptOut: policy.isOptOut,
  reportsPerWeek: String(policy.reportsPerWeek ?? ''),
  languages: policy.languages.join(' '),
  contact: policy.contact ?? '',
  securityTxt: policy.securityTxt ?? '',
  machineReports: policy.machineReports ?? '',
  refuses: policy.refuses ?? '',
  proofText: proof.text,
  proofUrl: proof.url,
});

/** The form, empty or filled with what stands and is to be changed. */
function StateForm({ stands, onDone }: { stands: IntakePolicy | undefined; onDone: () => void }) {
  const act = useClaimAct();
  const [draft, setDraft] = useState(stands === undefined ? empty : draftOf(stands));
  const [techniques, setTechniques] = useState<scopes.Technique[]>(stands?.policy.preferredTechniques ?? []);
  const field = (name: keyof typeof empty, limit: number, isRequired = false) => ({
    value: String(draft[name]),
    maxLength: limit,
    required: isRequired,
    onChange: (event: { target: { value: string } }) => setDraft({ ...draft, [name]: event.target.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate(
      { path: '/api/v1/intake-policies', body: policyOf(draft, techniques), said: 'Stated.' },
      {
        onSuccess: () => {
          setDraft(empty);
          setTechniques([]);
          onDone();
        },
      },
    );
  };
  return (
    <section className="card stack" aria-labelledby="state">
      <h2 id="state" tabIndex={-1}>
        {stands === undefined ? 'State what you ask' : 'Change what you ask'}
      </h2>
      <p className="soft">
        It is public at once, with your name and that of your organisation, as not confirmed. A coordinator looks at
        your proof; what is confirmed also answers questions about claims of your package. What you state again for a
        package takes the place of what you stated before, and waits to be confirmed again.
      </p>
      <form className="stack claim-form" onSubmit={submit}>
        <Field label="Package you maintain" hint="A package URL without a version, such as pkg:npm/left-pad">
          {(control) => (
            <input {...control} {...field('purl', 500, true)} className="usa-input mono" spellCheck={false} />
          )}
        </Field>
        <div className="usa-checkbox">
          <input
            className="usa-checkbox__input"
            id="opt-out"
            type="checkbox"
            checked={draft.isOptOut}
            onChange={(event) => setDraft({ ...draft, isOptOut: event.target.checked })}
          />
          <label className="usa-checkbox__label" htmlFor="opt-out">
            Ask us before you scan it
          </label>
        </div>
        <div className="claim-fields">
          <Field label="Reports that you can deal with in a week">
            {(control) => (
              <input
                {...control}
                {...field('reportsPerWeek', 5)}
                className="usa-input"
                type="number"
                min={0}
                max={10_000}
              />
            )}
          </Field>
          <Field label="Languages" hint="Tags with a space between: en de pt-BR">
            {(control) => <input {...control} {...field('languages', 200)} className="usa-input" spellCheck={false} />}
          </Field>
          <Field label="Contact" hint="An address of mail or the web">
            {(control) => <input {...control} {...field('contact', 300)} className="usa-input" />}
          </Field>
          <Field label="Address of your security.txt">
            {(control) => <input {...control} {...field('securityTxt', 500)} className="usa-input" type="url" />}
          </Field>
          <Field label="Reports made by machines">
            {(control) => (
              <select {...control} {...field('machineReports', 50)} className="usa-select">
                <option value="">Not said</option>
                {Object.entries(machineReportNames).map(([value, name]) => (
                  <option key={value} value={value}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <fieldset className="usa-fieldset">
          <legend className="usa-legend">Techniques that are welcome</legend>
          <div className="claim-fields">
            {scopes.techniques.map((one) => (
              <div key={one} className="usa-checkbox">
                <input
                  className="usa-checkbox__input"
                  id={`technique-${one}`}
                  type="checkbox"
                  checked={techniques.includes(one)}
                  onChange={(event) =>
                    setTechniques(
                      event.target.checked ? [...techniques, one] : techniques.filter((each) => each !== one),
                    )
                  }
                />
                <label className="usa-checkbox__label" htmlFor={`technique-${one}`}>
                  {scopes.techniqueNames[one]}
                </label>
              </div>
            ))}
          </div>
        </fieldset>
        <Field
          label="What you refuse"
          hint="Such as reports without a reproducer, or of versions that are out of support"
        >
          {(control) => <textarea {...control} {...field('refuses', 2000)} className="usa-textarea" rows={3} />}
        </Field>
        <Field label="Proof that you maintain it" hint="What shows it, in a sentence">
          {(control) => <textarea {...control} {...field('proofText', 2000, true)} className="usa-textarea" rows={2} />}
        </Field>
        <Field label="Where the proof can be seen" hint="An address that begins with https://">
          {(control) => (
            <input
              {...control}
              {...field('proofUrl', 500, true)}
              className="usa-input"
              type="url"
              pattern="https://.*"
            />
          )}
        </Field>
        {act.error && <Failure error={act.error} doing="state this" />}
        <p className="row">
          <button type="submit" className="usa-button" disabled={act.isPending}>
            State it in your name
          </button>
          {stands !== undefined && (
            <button type="button" className="usa-button usa-button--outline" onClick={onDone}>
              Leave it as it stands
            </button>
          )}
        </p>
      </form>
    </section>
  );
}
