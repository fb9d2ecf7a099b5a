import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type DragEvent, useEffect, useId, useRef, useState } from 'react';
import * as csv from '../../formats/csv/finding.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { count, counted, size } from '../parts/numbers.ts';
import { FileRefused } from '../send-file.ts';
import { headingsOf, type Preview, preview } from './batch-preview.ts';
import { type KeptMapping, refreshIntake, saveMapping, sendBatch, useMappings } from './intake-api.ts';

/** Chooses a file, shows what is in it before anything is sent, then sends it with its progress. */
export function BatchSend() {
  const [file, setFile] = useState<File>();
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    setFile(event.dataTransfer.files[0]);
  };
  if (file) return <Chosen key={`${file.name} ${file.lastModified}`} file={file} onClose={() => setFile(undefined)} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same by keyboard.
    <div
      className={`drop drop-low ${isOver ? 'drop-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div className="stack-tight">
        <p className="drop-title">Drop a report here</p>
        <p className="soft small" id={hint}>
          SARIF, CSAF, OSV, CVE, CycloneDX, CSV, lines of JSON, and the reports of Trivy, Grype, npm, pip, Semgrep and
          others. You see what is in it before it is sent.
        </p>
      </div>
      <button type="button" className="usa-button" aria-describedby={hint} onClick={() => input.current?.click()}>
        Choose a file
      </button>
      <input
        ref={input}
        className="visually-hidden"
        type="file"
        tabIndex={-1}
        aria-label="Report with findings"
        onChange={(event) => {
          setFile(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
    </div>
  );
}

function Chosen(props: { file: File; onClose: () => void }) {
  const { file, onClose } = props;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(file.name);
  const [component, setComponent] = useState('');
  const [headings, setHeadings] = useState<string[]>();
  const [mapping, setMapping] = useState<csv.Mapping>();
  const [found, setFound] = useState<Preview>();
  const [share, setShare] = useState<number>();
  const [error, setError] = useState<unknown>();
  const stop = useRef<AbortController>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    headingsOf(file).then((columns) => {
      setHeadings(columns);
      if (columns) setMapping(csv.proposeMapping(columns));
    }, setError);
    return () => stop.current?.abort();
  }, [file]);
  useEffect(() => {
    let isCurrent = true;
    const examined = componentOf(component);
    const timer = setTimeout(() => {
      preview(file, { mapping, component: examined }).then(
        (next) => isCurrent && setFound(next),
        (problem) => isCurrent && setError(problem),
      );
    }, 150);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [file, mapping, component]);

  const send = async () => {
    const controller = new AbortController();
    stop.current = controller;
    setShare(0);
    setError(undefined);
    try {
      let mappingName: string | undefined;
      if (mapping && headings) {
        mappingName =
          file.name
            .replace(/[^\w.-]+/g, ' ')
            .trim()
            .slice(0, 90) || 'table';
        await saveMapping(
          mappingName,
          Object.fromEntries(Object.entries(mapping).map(([column, field]) => [field, column])),
        );
      }
      const examined = componentOf(component);
      const batch = await sendBatch(
        file,
        {
          name: name.trim() || file.name,
          ...(mappingName !== undefined && { mapping: mappingName }),
          ...(examined && { component: examined }),
        },
        setShare,
        controller.signal,
      );
      await refreshIntake(client);
      navigate({ to: '/intake/batches/$id', params: { id: batch.id } });
    } catch (problem) {
      setError(problem);
      setShare(undefined);
    }
  };
  return (
    <section className="card stack" aria-labelledby="chosen">
      <div className="row spread">
        <h2 id="chosen" tabIndex={-1} ref={heading} data-source="outside">
          {file.name}
        </h2>
        <span className="small soft">{size(file.size)}</span>
      </div>
      {found === undefined && error === undefined && <p className="soft">Reading the file…</p>}
      {headings && mapping && <MappingTable headings={headings} mapping={mapping} onChange={setMapping} />}
      {found && <Found found={found} />}
      <div className="report-pair">
        <Field label="Name of the batch">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              maxLength={300}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field
          label="Component that was examined"
          hint="For rows that name none, as most scanners of source code write only paths. Package URL or name."
        >
          {(control) => (
            <input
              {...control}
              className="usa-input"
              maxLength={500}
              value={component}
              onChange={(event) => setComponent(event.target.value)}
            />
          )}
        </Field>
      </div>
      {error !== undefined &&
        (error instanceof FileRefused && error.problems.length > 0 ? (
          <Notice kind="error" heading="The file was not taken">
            <ul className="plain-list">
              {error.problems.slice(0, 10).map((problem) => (
                <li key={`${problem.path} ${problem.message}`}>{problem.message}</li>
              ))}
            </ul>
          </Notice>
        ) : (
          <Failure error={error} doing="send the file" />
        ))}
      {share === undefined ? (
        <p className="row">
          <button
            type="button"
            className="usa-button"
            disabled={found === undefined || found.problems.length > 0}
            onClick={send}
          >
            Send{' '}
            {found && !found.isPart && found.problems.length === 0 ? counted(found.readable, 'finding') : 'the file'}
          </button>
          <button type="button" className="usa-button usa-button--outline" onClick={onClose}>
            Choose another file
          </button>
        </p>
      ) : (
        <div className="sending">
          <p aria-live="polite">{share < 1 ? 'Sending the file' : 'Waiting for the receipt'}</p>
          <progress className="progress" max={1} value={share} aria-label="Sending the file" />
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            onClick={() => stop.current?.abort()}
          >
            Stop
          </button>
        </div>
      )}
    </section>
  );
}

function componentOf(text: string): { purl: string } | { name: string } | undefined {
  const given = text.trim();
  if (given === '') return undefined;
  return given.startsWith('pkg:') ? { purl: given } : { name: given };
}

function Found({ found }: { found: Preview }) {
  if (found.problems.length > 0) {
    return (
      <Notice kind="error" heading="This file cannot be read as findings" isQuiet>
        <ul className="plain-list">
          {found.problems.slice(0, 10).map((problem) => (
            <li key={`${problem.path} ${problem.message}`}>{problem.message}</li>
          ))}
        </ul>
      </Notice>
    );
  }
  const refused = found.rows - found.readable;
  return (
    <div className="stack-tight">
      <p>
        <strong>{found.title}</strong>
        {found.rows === 0
          ? found.isPart
            ? ': too large to look into here; it is read on the instance.'
            : ': it holds no findings.'
          : `: ${found.isPart ? 'at least ' : ''}${counted(found.readable, 'finding')} can be read here${refused > 0 ? `, ${counted(refused, 'row')} cannot` : ''}. Nothing has been sent yet.`}
      </p>
      {found.first.length > 0 && (
        <ul className="plain-list small" data-source="outside">
          {found.first.map((report) => (
            <li key={`${report.key} ${report.title}`}>
              {report.title} <span className="mono soft">{report.component.purl ?? report.component.name}</span>
            </li>
          ))}
          {found.readable > found.first.length && (
            <li className="soft" data-source="own">
              and {count(found.readable - found.first.length)} more
            </li>
          )}
        </ul>
      )}
      {found.refused.length > 0 && (
        <details>
          <summary className="small">Rows that cannot be read</summary>
          <ul className="plain-list small">
            {found.refused.map(({ row, problems }) => (
              <li key={row}>
                Row {row}: {problems[0]?.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function MappingTable(props: { headings: string[]; mapping: csv.Mapping; onChange: (mapping: csv.Mapping) => void }) {
  const { headings, mapping, onChange } = props;
  const kept = useMappings(true);
  const set = (column: string, field: string) => {
    const rest = Object.entries(mapping).filter(([one, meant]) => one !== column && meant !== field);
    onChange(Object.fromEntries(field === '' ? rest : [...rest, [column, field]]));
  };
  const use = ({ fields }: KeptMapping) =>
    onChange(
      Object.fromEntries(
        Object.entries(fields)
          .filter(([, column]) => headings.includes(column))
          .map(([field, column]) => [column, field]),
      ),
    );
  return (
    <details open>
      <summary>What each column means</summary>
      <div className="stack details-body">
        {kept.data && kept.data.items.length > 0 && (
          <p className="row small">
            Saved before:
            {kept.data.items.slice(0, 8).map((one) => (
              <button
                key={one.name}
                type="button"
                className="usa-button usa-button--outline button-small"
                onClick={() => use(one)}
              >
                <span data-source="outside">{one.name}</span>
              </button>
            ))}
          </p>
        )}
        <div className="report-pair">
          {headings.slice(0, 60).map((column) => (
            <Field key={column} label={`Column “${column}”`}>
              {(control) => (
                <select
                  {...control}
                  className="usa-select"
                  value={mapping[column] ?? ''}
                  onChange={(event) => set(column, event.target.value)}
                >
                  <option value="">Only kept with the original</option>
                  {csv.mappingFields.map((field) => (
                    <option key={field} value={field}>
                      {field}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          ))}
        </div>
      </div>
    </details>
  );
}
