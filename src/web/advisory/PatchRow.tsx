import { Link } from '@tanstack/react-router';
import { memo, type Ref } from 'react';
import { justifications, type Mark, type MarkState, markStates } from '../../domain/advisory/mark.ts';
import type { Outcome } from '../../domain/advisory/outcome.ts';
import type { PatchAdvisory, PatchItem } from '../../domain/advisory/patch-list.ts';
import { actionOf } from '../../domain/advisory/patch-rows.ts';
import type { Day } from '../../domain/instant.ts';
import { counted } from '../parts/numbers.ts';
import { FactList } from './FactList.tsx';
import { tierOf } from './tier.ts';

/** One item has one key as long as the same version of the same package is installed. */
export const keyOf = (item: PatchItem) => item.purl;

/** A mark as the list shows it. Not current: advisories came after it was made, and the item is open again. */
export type ShownMark = Mark & { vulnerabilities: string[]; isCurrent: boolean };

/** All names of each vulnerability of an item. */
export const namesOf = (item: PatchItem): string[][] =>
  item.advisories.map(({ id, records, aliases }) => [id, ...records, ...aliases]);

/** The items as they stand, to say later what changed. */
export const outcomesOf = (items: PatchItem[]): Outcome[] =>
  items.map((item) => ({
    key: keyOf(item),
    title: actionOf(item),
    advisories: item.advisories.map(({ id }) => id),
    decision: item.decision,
    ...(item.due === undefined ? {} : { due: item.due }),
  }));

function closesWords(item: PatchItem): string {
  const all = counted(item.advisories.length, 'advisory', 'advisories');
  if (item.remedy !== 'upgrade') return all;
  return item.closes < item.advisories.length ? `closes ${item.closes} of ${all}` : `closes ${all}`;
}

const markNames: Record<MarkState, string> = { planned: 'Planned', done: 'Done', not_affected: 'Not affected' };

export const PatchRow = memo(function PatchRow(props: {
  ref: Ref<HTMLLIElement>;
  item: PatchItem;
  asOf: Day;
  mark: ShownMark | undefined;
  /** Not on the earlier list of the same system. */
  isNew: boolean;
  isOpen: boolean;
  isLocal: boolean;
  /** The due date in words, where the heading above does not say it. */
  dueShown: string | undefined;
  onToggle: (key: string) => void;
  onMark: (item: PatchItem, state: MarkState) => void;
}) {
  const { item, asOf, mark, isNew, isOpen, isLocal, dueShown, onToggle, onMark } = props;
  const key = keyOf(item);
  const tier = tierOf(item.due, asOf);
  const kev = item.advisories.some((advisory) => advisory.facts.kev);
  const epss = Math.max(-1, ...item.advisories.map((advisory) => advisory.facts.epss?.score ?? -1));
  const cvss = Math.max(-1, ...item.advisories.flatMap((advisory) => advisory.facts.cvss.map((fact) => fact.score)));
  return (
    <li ref={props.ref} className={`work-item work-${tier} ${mark ? `work-${mark.state}` : ''}`}>
      <div className="work-head">
        <div className="work-what">
          <h3>
            <button
              type="button"
              className="work-toggle"
              aria-expanded={isOpen}
              aria-controls={`reasons-${key}`}
              onClick={() => onToggle(key)}
            >
              <Title item={item} />
            </button>
          </h3>
          <p className="work-meta">
            {dueShown && <strong className={`due-${tier}`}>{dueShown}</strong>}
            {isNew && <span className="tag tag-pine">New</span>}
            <span>{closesWords(item)}</span>
            <span>{item.ecosystem}</span>
            {kev && <span className="tag tag-now">Known exploited</span>}
            {epss >= 0.1 && <span className="tag tag-soon">EPSS {Math.min(99, Math.round(epss * 100))}%</span>}
            {cvss >= 0 && <span>CVSS {cvss.toFixed(1)}</span>}
            {item.isDevelopmentOnly && <span>development only</span>}
            {mark && !mark.isCurrent && <span className="tag tag-soon">New advisories since the mark</span>}
          </p>
        </div>
        <div className="work-side">
          <span className={`tag tag-${tier}`}>{item.decision}</span>
          <div className="work-marks">
            {markStates.map((state) => (
              <button
                key={state}
                type="button"
                className="mark"
                aria-pressed={mark?.state === state}
                onClick={() => onMark(item, state)}
              >
                {markNames[state]}
                <span className="visually-hidden">: {item.name}</span>
              </button>
            ))}
          </div>
        </div>
      </div>
      <div id={`reasons-${key}`} hidden={!isOpen}>
        {isOpen && <Reasons item={item} mark={mark} isLocal={isLocal} />}
      </div>
    </li>
  );
});

function Title(props: { item: PatchItem }) {
  const { item } = props;
  const what = (
    <>
      <strong>{item.name}</strong> <span className="mono soft">{item.version}</span>
    </>
  );
  if (item.remedy === 'remove') return <>Remove {what}: reported as malicious</>;
  if (item.remedy === 'none') return <>{what}: no fix yet</>;
  return (
    <>
      Upgrade {what}
      {' to '}
      <span className="mono version-to">{item.upgradeTo}</span>
    </>
  );
}

function Reasons(props: { item: PatchItem; mark: ShownMark | undefined; isLocal: boolean }) {
  const { item, mark, isLocal } = props;
  return (
    <div className="work-reasons stack fade-in">
      {mark?.reason && (
        <p>
          <strong>Marked as {markNames[mark.state].toLowerCase()}:</strong>{' '}
          {mark.justification && `${justifications[mark.justification]} `}
          {mark.reason}
        </p>
      )}
      <section className="stack-tight">
        <h4>Why this date</h4>
        <ul className="plain-list">
          {item.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </section>
      <section className="stack-tight">
        <h4>{item.remedy === 'upgrade' ? 'What the upgrade closes' : 'What is open'}</h4>
        <ul className="closed">
          {item.advisories.map((advisory, at) => (
            <Closed key={advisory.id} advisory={advisory} isFirst={at === 0} isLocal={isLocal} />
          ))}
        </ul>
      </section>
      {item.unknowns.length > 0 && (
        <p className="small">
          <strong>Unknown:</strong> {item.unknowns.join(', ')}. The policy says above what it does with that.
        </p>
      )}
      <p className="small soft break-all">
        <span className="mono">{item.purl}</span>
        <br />
        {counted(item.count, 'place')} in the file:{' '}
        {item.components
          .slice(0, 5)
          .map(({ path }) => path)
          .join(', ')}
        {item.count > 5 && ` and ${item.count - 5} more`}
      </p>
    </div>
  );
}

function Closed(props: { advisory: PatchAdvisory; isFirst: boolean; isLocal: boolean }) {
  const { advisory, isFirst, isLocal } = props;
  const score = advisory.facts.cvss[0]?.score;
  return (
    <li>
      <details open={isFirst}>
        <summary className="closed-head">
          <span className="closed-title">
            <strong className="mono">{advisory.id}</strong> <span data-source="outside">{advisory.summary}</span>
          </span>
          {advisory.facts.kev && <span className="tag tag-now">Known exploited</span>}
          {score !== undefined && <span className="tag">CVSS {score.toFixed(1)}</span>}
        </summary>
        <div className="stack-tight closed-body">
          {advisory.aliases.length > 0 && <p className="small soft break-all">Also {advisory.aliases.join(', ')}</p>}
          <ul className="plain-list small">
            {advisory.matches.map(({ record, text }) => (
              <li key={`${record} ${text}`}>{text}</li>
            ))}
            {advisory.fixedIn && (
              <li>
                Fixed in {advisory.fixedIn}
                {advisory.isClosedByUpgrade ? '.' : '; the upgrade above does not close it.'}
              </li>
            )}
            {advisory.vex && <li>VEX says: {advisory.vex.status.replaceAll('_', ' ')}.</li>}
          </ul>
          <FactList facts={advisory.facts} />
          <p className="small">
            Full record:{' '}
            {advisory.records.map((record, at) => (
              <span key={record}>
                {at > 0 && ', '}
                <Link to="/advisories/$id" params={{ id: record }} preload={false}>
                  {record}
                </Link>
              </span>
            ))}
            {isLocal && <span className="soft"> (asks this instance, which then learns that you looked at it)</span>}
          </p>
        </div>
      </details>
    </li>
  );
}
