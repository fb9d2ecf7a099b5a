import type { NotChecked, PatchList } from '../../domain/advisory/patch-list.ts';
import type { Problem } from '../../domain/problem.ts';
import { shortDay } from '../parts/dates.ts';
import { counted } from '../parts/numbers.ts';
import { coverageWords } from './headline.ts';

/** What the list rests on, and what it leaves out: as important as what is on it. */
export function Covered(props: { list: PatchList; problems: Problem[] }) {
  const { list, problems } = props;
  const missing = new Map<string, NotChecked[]>();
  for (const one of list.notChecked) {
    const some = missing.get(one.ecosystem ?? '');
    if (some) some.push(one);
    else missing.set(one.ecosystem ?? '', [one]);
  }
  return (
    <section className="card stack" aria-labelledby="covered">
      <h2 id="covered">What was looked at, and what was not</h2>
      <dl className="facts">
        <dt>Looked up</dt>
        <dd>
          {coverageWords(list)}, as {counted(list.counts.packages, 'package version')}
        </dd>
        <dt>Advisories</dt>
        <dd>
          {list.sources.length === 0
            ? 'None that could say anything of this file is held here.'
            : list.sources
                .map(
                  ({ ecosystem, advisories, newest }) =>
                    `${ecosystem}: ${counted(advisories, 'advisory', 'advisories')}${newest ? `, newest of ${shortDay(newest)}` : ''}`,
                )
                .join('; ')}
        </dd>
        {list.notChecked.length > 0 && (
          <>
            <dt>Not looked up</dt>
            <dd>
              <div className="stack-tight">
                {[...missing].map(([ecosystem, some]) => (
                  <Missing key={ecosystem} ecosystem={ecosystem} some={some} />
                ))}
              </div>
            </dd>
          </>
        )}
        {list.undetermined.length > 0 && (
          <>
            <dt>Needs a look</dt>
            <dd>
              <details>
                <summary>
                  {counted(list.undetermined.length, 'package')} that nobody can judge from the file alone
                </summary>
                <ul className="plain-list">
                  {list.undetermined.slice(0, 100).map((one) => (
                    <li key={`${one.purl} ${one.why}`}>
                      {one.name} {one.version} ({one.ids.slice(0, 5).join(', ')}
                      {one.ids.length > 5 && ` and ${one.ids.length - 5} more`}): {one.text}
                    </li>
                  ))}
                </ul>
              </details>
            </dd>
          </>
        )}
        {list.setAside.length > 0 && (
          <>
            <dt>Set aside by VEX</dt>
            <dd>
              <details>
                <summary>{counted(list.setAside.length, 'match', 'matches')}</summary>
                <ul className="plain-list">
                  {list.setAside.slice(0, 100).map((one) => (
                    <li key={`${one.purl} ${one.id}`}>
                      {one.name} {one.version}, {one.id}: {one.standing.status.replaceAll('_', ' ')}
                    </li>
                  ))}
                </ul>
              </details>
            </dd>
          </>
        )}
        {problems.length > 0 && (
          <>
            <dt>Doubtful in the file</dt>
            <dd>
              <details>
                <summary>{counted(problems.length, 'place')}</summary>
                <ul className="plain-list">
                  {problems.slice(0, 100).map((problem) => (
                    <li key={`${problem.path} ${problem.message}`}>
                      <code>{problem.path}</code> {problem.message}
                    </li>
                  ))}
                </ul>
              </details>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Missing(props: { ecosystem: string; some: NotChecked[] }) {
  const { ecosystem, some } = props;
  const why = ecosystem
    ? `of ${ecosystem}: no advisories of it are held here`
    : 'without a package URL or commit, so nothing identifies it';
  return (
    <details>
      <summary className="summary-plain">
        {counted(some.length, 'component')} {why}
      </summary>
      <p className="small break-all">
        {some
          .slice(0, 300)
          .map(({ name, version }) => `${name} ${version}`.trim())
          .join(', ')}
        {some.length > 300 && ` and ${some.length - 300} more`}
      </p>
    </details>
  );
}
