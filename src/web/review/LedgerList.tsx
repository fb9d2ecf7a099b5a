import { useState } from 'react';
import { type Purpose, purposeNames } from '../../domain/review/grant.ts';
import { flagNames, resultNames } from '../../domain/review/ledger.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { count, duration } from '../parts/numbers.ts';
import { AccessChoice } from './AccessChoice.tsx';
import { type Item, type LedgerFilter, useLedger } from './access-api.ts';
import { nameless, reasonOf, wordsOf } from './ledger-words.ts';
import { submissionPath } from './submission-api.ts';

const kinds = [
  { value: 'use', label: 'Uses of the model' },
  { value: '', label: 'Everything' },
  { value: 'read', label: 'Reads of the file' },
  { value: 'denied', label: 'Refused at the door' },
  { value: 'act', label: 'Acts' },
];

/** Every use of the model, and at one press all else, such as every read of its file. The newest page refreshes by itself; nothing moves the focus. */
export function LedgerList({ id }: { id: string }) {
  const [kind, setKind] = useState('use');
  const [isFlagged, setFlagged] = useState(false);
  const [isLive, setLive] = useState(true);
  const [pages, setPages] = useState<string[]>([]);
  const after = pages.at(-1);
  const filter: LedgerFilter = {
    ...(kind !== '' && { kind }),
    ...(isFlagged && { flagged: true }),
    ...(after !== undefined && { after }),
  };
  const ledger = useLedger(id, filter, isLive && after === undefined);
  const items = ledger.data?.items ?? [];
  const names = ledger.data?.names ?? {};
  const show = (next: string) => {
    setKind(next);
    setPages([]);
  };
  return (
    <section className="stack" aria-labelledby="ledger">
      <div className="row spread">
        <h2 id="ledger">Ledger</h2>
        <p className="row">
          <a
            className="usa-button usa-button--outline button-small"
            href={submissionPath(id, '/ledger/export')}
            download="access-ledger.ndjson"
          >
            Export with proof
          </a>
          <a
            className="usa-button usa-button--outline button-small"
            href={submissionPath(id, '/ledger/export?format=csv')}
            download="access-ledger.csv"
          >
            Export as a table
          </a>
        </p>
      </div>
      <p className="small soft">
        Check the export with proof offline with <code>assay log verify access-ledger.ndjson</code>: it shows that no
        entry was changed or taken out. Uses that do not go through this instance are here as the parties report them.
      </p>
      <div className="row access-filters">
        <Field label="Show">
          {(control) => (
            <select {...control} className="usa-select" value={kind} onChange={(event) => show(event.target.value)}>
              {kinds.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <AccessChoice
          kind="checkbox"
          checked={isFlagged}
          onChange={(event) => {
            setFlagged(event.target.checked);
            setPages([]);
          }}
        >
          Only with something pointed out
        </AccessChoice>
        <AccessChoice kind="checkbox" checked={isLive} onChange={(event) => setLive(event.target.checked)}>
          Refresh by itself
        </AccessChoice>
      </div>
      {ledger.error && <Failure error={ledger.error} doing="read the ledger" onRetry={() => ledger.refetch()} />}
      {ledger.data && items.length === 0 && (
        <p className="soft">
          {isFlagged
            ? 'Nothing of this kind is recorded.'
            : kind === 'use'
              ? 'No use of the model is recorded yet.'
              : 'Nothing of this kind is recorded yet.'}
        </p>
      )}
      {ledger.data && kind !== '' && (
        <p>
          <button type="button" className="usa-button usa-button--unstyled" onClick={() => show('')}>
            Show everything, also reads of the file and acts
          </button>
        </p>
      )}
      {items.length > 0 && (
        <ol className="ledger" aria-label="Entries, newest first">
          {items.map((item) => (
            <li key={item.use?.id ?? `${item.index ?? ''}${item.at}${item.did}${item.by}`}>
              <Entry item={item} names={names} />
            </li>
          ))}
        </ol>
      )}
      {(after !== undefined || ledger.data?.next) && (
        <p className="row">
          {after !== undefined && (
            <button
              type="button"
              className="usa-button usa-button--outline"
              onClick={() => setPages(pages.slice(0, -1))}
            >
              Newer
            </button>
          )}
          {ledger.data?.next && (
            <button
              type="button"
              className="usa-button usa-button--outline"
              onClick={() => setPages([...pages, ledger.data?.next as string])}
            >
              Older
            </button>
          )}
        </p>
      )}
    </section>
  );
}

function Entry({ item, names }: { item: Item; names: Record<string, string> }) {
  const { use } = item;
  const agent = item.principal === undefined ? undefined : (names[item.by] ?? 'an agent');
  const organisation = item.organisation === undefined ? undefined : (names[item.organisation] ?? item.organisation);
  const id = item.principal ?? item.by;
  const name = names[id];
  const began = use === null || use.result === 'refused' ? undefined : use.startedAt;
  return (
    <>
      <p className="small soft ledger-time">
        {began !== undefined && (
          <>
            Began{' '}
            <time dateTime={began} title={began}>
              {moments(began)}
            </time>
            <br />
          </>
        )}
        {(began === undefined || use?.result === 'reported') && (
          <>
            {began !== undefined && 'Reported '}
            <time dateTime={item.at} title={item.at}>
              {moments(item.at)}
            </time>
            <br />
          </>
        )}
        {item.index === null ? 'Place in the log to come' : `Entry ${count(item.index)} of the log`}
      </p>
      <div>
        <p>
          <strong>{wordsOf(item)}</strong>
          {use &&
            ` · ${purposeNames[use.purpose as Purpose] ?? (use.purpose === '' ? 'No purpose said' : `“${use.purpose}”`)}`}
        </p>
        <p className="small break-all">
          <span title={id}>{name ?? nameless(id, organisation)}</span>
          {name !== undefined && organisation && `, ${organisation}`}
          {agent && `, through ${agent}`}
        </p>
        {use && <UseFacts use={use} />}
      </div>
    </>
  );
}

function UseFacts({ use }: { use: NonNullable<Item['use']> }) {
  const isOpen = use.result === 'running';
  const tokens =
    use.promptTokens === null && use.completionTokens === null
      ? undefined
      : `${use.promptTokens === null ? '?' : count(use.promptTokens)} tokens in, ${use.completionTokens === null ? '?' : count(use.completionTokens)} out`;
  const seconds =
    use.endedAt === null || use.result === 'refused'
      ? undefined
      : duration((Date.parse(use.endedAt) - Date.parse(use.startedAt)) / 1000);
  return (
    <p className="row small">
      <span className={`tag ${isOpen ? 'tag-soon' : use.result === 'done' ? 'tag-pine' : ''}`}>
        {resultNames[use.result]}
        {use.reason && `: ${reasonOf(use.reason)}`}
      </span>
      {use.tries > 1 && <span>{count(use.tries)} times</span>}
      {seconds && <span>lasted {seconds}</span>}
      {tokens && <span>{tokens}</span>}
      {use.flags.map((flag) => (
        <span key={flag} className="tag tag-now">
          {flagNames[flag]}
        </span>
      ))}
      {use.note && <span className="pre-line">{use.note}</span>}
    </p>
  );
}
