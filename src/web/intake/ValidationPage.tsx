import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type DragEvent, useRef, useState } from 'react';
import type { Kit } from '../../domain/intake/validation-kit.ts';
import { envelopeLimits } from '../../formats/dsse/document.ts';
import { ApiProblem } from '../api.ts';
import { verifySignature } from '../log/verify.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { save } from '../parts/save.ts';
import { announce } from '../shell/announce.ts';
import { NotFound } from '../shell/NotFound.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { ValidationCard } from './ValidationCard.tsx';
import { ValidationKit } from './ValidationKit.tsx';
import { ValidationSteps } from './ValidationSteps.tsx';
import {
  type Envelope,
  handInEvidence,
  readKit,
  refreshValidations,
  stateWords,
  useValidation,
  useValidatorKeys,
  type Validation,
} from './validation-api.ts';
import { type Checked, check } from './validation-check.ts';

/** One request to reproduce a finding: what will run, the commands to run it, and the evidence that comes back. */
export function ValidationPage() {
  const { id } = useParams({ from: '/intake/validations/$id' });
  const found = useValidation(id);
  if (found.error instanceof ApiProblem && found.error.status === 404) return <NotFound />;
  const validation = found.data;
  return (
    <div className="stack-wide">
      <PageHeading
        aside={
          validation && (
            <span className={`tag ${stateWords[validation.state].tone}`}>{stateWords[validation.state].name}</span>
          )
        }
      >
        Reproduce a finding
      </PageHeading>
      <IntakeNav />
      {found.error && <Failure error={found.error} doing="open this request" onRetry={() => found.refetch()} />}
      {validation && (
        <>
          <section className="stack" aria-labelledby="what">
            <h2 id="what" data-source="outside">
              {validation.title}
            </h2>
            <p className="soft">
              Asked of {validation.organisation.name} {moments(validation.askedAt)}; open until{' '}
              {moments(validation.endsAt)}. You learn what the kit holds, and not who reported it or how it was found.
            </p>
            <WhatRuns validation={validation} />
          </section>
          {validation.can.answer && <Commands validation={validation} />}
          {validation.can.answer && <HandIn validation={validation} />}
          {validation.evidence.length > 0 && (
            <section className="stack" aria-labelledby="evidence">
              <h2 id="evidence">Evidence</h2>
              {validation.evidence.map((one) => (
                <ValidationCard key={one.id} validation={validation} evidence={one} />
              ))}
            </section>
          )}
          <p>
            <Link to="/intake/validations">All that is asked of you</Link>
          </p>
        </>
      )}
    </div>
  );
}

function WhatRuns({ validation }: { validation: Validation }) {
  const [kit, setKit] = useState<Kit>();
  const [error, setError] = useState<unknown>();
  const open = () => readKit(validation.id).then(setKit, setError);
  return (
    <section className="card stack" aria-labelledby="runs">
      <h3 id="runs">1. Look at what will run</h3>
      {kit === undefined && (
        <p className="row">
          <button type="button" className="usa-button" onClick={open}>
            Open the kit
          </button>
          <span className="small soft">It holds exploit detail. That you opened it is on record.</span>
        </p>
      )}
      {error !== undefined && <Failure error={error} doing="open the kit" onRetry={open} />}
      {kit && (
        <>
          <ValidationKit kit={kit} />
          <p>
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              onClick={() => save(JSON.stringify(kit, null, 2), `${validation.finding}.kit.json`, 'application/json')}
            >
              Download the kit
            </button>
          </p>
        </>
      )}
    </section>
  );
}

function Commands({ validation }: { validation: Validation }) {
  const direct = `assay validate ${validation.id} --from ${location.origin} --submit`;
  const apart = `assay validate ${validation.finding}.kit.json --out evidence.json`;
  return (
    <section className="card stack" aria-labelledby="commands">
      <h3 id="commands">2. Run it on your own machine</h3>
      <p>
        With a token of an agent in <code>ASSAY_TOKEN</code> (scope <code>validations:write</code>, which covers{' '}
        <code>validations:read</code>), one command fetches the kit, shows it, asks, runs it and hands the evidence in:
      </p>
      <Command text={direct} name="the command that fetches and hands in" />
      <p>On a machine without a network, take the downloaded kit and bring the evidence back:</p>
      <Command text={apart} name="the command for a downloaded kit" />
      <p className="small soft">
        It runs in docker or podman where the kit names an image, and in bubblewrap otherwise; without one of them it
        does not run at all. There is no network, and one work folder.
      </p>
    </section>
  );
}

function Command({ text, name }: { text: string; name: string }) {
  return (
    <div className="validation-command">
      <pre className="code">{text}</pre>
      <button
        type="button"
        className="usa-button usa-button--outline button-small"
        aria-label={`Copy ${name}`}
        onClick={() => navigator.clipboard.writeText(text).then(() => announce('Copied'))}
      >
        Copy
      </button>
    </div>
  );
}

function HandIn({ validation }: { validation: Validation }) {
  const client = useQueryClient();
  const keys = useValidatorKeys(true);
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [checked, setChecked] = useState<Checked & { text: string }>();
  const [error, setError] = useState<unknown>();
  const usable = keys.data?.items.filter((key) => key.revokedAt === null) ?? [];

  const take = async (file: File) => {
    setError(undefined);
    setChecked(undefined);
    try {
      if (file.size > envelopeLimits.textLengthMax) throw new Error('The file is larger than evidence may be, 1 MiB.');
      const text = await file.text();
      setChecked({ ...(await check(text, validation, usable, verifySignature)), text });
    } catch (problem) {
      setError(problem);
    }
  };
  const send = async (text: string) => {
    setError(undefined);
    try {
      await handInEvidence(validation.id, JSON.parse(text) as Envelope);
      setChecked(undefined);
      await refreshValidations(client);
      announce('The evidence is handed in');
    } catch (problem) {
      setError(problem);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) take(file);
  };
  const isWhole = checked?.evidence !== undefined && checked.steps.every((step) => step.outcome !== 'fails');
  return (
    <section className="card stack" aria-labelledby="hand-in">
      <h3 id="hand-in">3. Hand in the evidence</h3>
      {keys.data && usable.length === 0 && (
        <p>
          None of your keys is registered yet. <Link to="/intake/validations">Register the one that you sign with</Link>{' '}
          first.
        </p>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same by keyboard. */}
      <div
        className={`drop validation-drop ${isOver ? 'drop-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <p className="drop-title">Drop the signed file here</p>
        <p>
          <button type="button" className="usa-button" onClick={() => input.current?.click()}>
            Choose the file
          </button>
        </p>
        <input
          ref={input}
          className="visually-hidden"
          type="file"
          tabIndex={-1}
          aria-label="Signed evidence"
          accept=".json,application/json"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) take(file);
            event.target.value = '';
          }}
        />
      </div>
      {checked && <ValidationSteps checked={checked} />}
      {checked && (
        <p className="row">
          <button type="button" className="usa-button" disabled={!isWhole} onClick={() => send(checked.text)}>
            Hand it in
          </button>
          <span className="small soft">
            {isWhole ? 'The coordinators will read it, with its outputs and your name.' : 'The server would refuse it.'}
          </span>
        </p>
      )}
      {error !== undefined && <Failure error={error} doing="take this file" />}
    </section>
  );
}
