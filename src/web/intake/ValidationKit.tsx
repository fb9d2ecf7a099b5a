import { type Kit, type Purpose, runsOf, type Signal } from '../../domain/intake/validation-kit.ts';
import { inert } from '../../domain/intake/validation-signal.ts';
import { counted } from '../parts/numbers.ts';

const purposeNames: Record<Purpose, string> = {
  reproduce: 'Shows the flaw',
  control: 'Must not show it',
  baseline: 'Older version',
  newest: 'Newest version',
};

export function signalWords(signal: Signal): string {
  switch (signal.kind) {
    case 'exit':
      return `The command ends with ${signal.code}.`;
    case 'output':
      return `Its output matches ${signal.pattern}`;
    case 'sanitizer':
      return `A sanitizer reports ${signal.class}.`;
    case 'file':
      return `It writes the file ${signal.path}${signal.contains === undefined ? '' : `, which holds ${signal.contains}`}.`;
    case 'timeout':
      return 'It does not end in time.';
  }
}

/** Words of a command, each told apart: nobody reads it as a line for a shell. */
const commandWords = (command: readonly string[]) =>
  command.map((word) => (/^[\w./=:@,+-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');

const textOf = (content: string) =>
  new TextDecoder().decode(Uint8Array.from(atob(content), (character) => character.charCodeAt(0)));

/** What would run on somebody's machine, as text and nothing else: it comes from a stranger (I16). */
export function ValidationKit({ kit }: { kit: Kit }) {
  const { component } = kit;
  return (
    <div className="stack" data-source="outside">
      {kit.claim !== '' && <p className="report-prose">{inert(kit.claim, 20_000)}</p>}
      <dl className="facts">
        <dt>Component</dt>
        <dd>
          <span className="mono">{component.purl ?? component.name}</span> {component.version}
        </dd>
        <dt>Signal</dt>
        <dd>{signalWords(kit.signal)}</dd>
        {runsOf(kit).map(({ purpose, run }) => (
          <div key={purpose} className="fact">
            <dt>{purposeNames[purpose]}</dt>
            <dd>
              <code className="report-value">{inert(commandWords(run.command), 20_000)}</code>
              {run.image && <span className="report-value small mono">in {run.image}</span>}
              {run.version && <span className="report-value small soft">version {run.version}</span>}
            </dd>
          </div>
        ))}
        <dt>Time for one run</dt>
        <dd>{counted(kit.timeoutSeconds, 'second')}</dd>
        <dt>Network</dt>
        <dd>{kit.needsNetwork ? 'Asks for one; it gets one only if you say --allow-network' : 'None'}</dd>
      </dl>
      {kit.files.map((file) => (
        <details key={file.path}>
          <summary className="mono">{file.path}</summary>
          <pre className="code report-pre">{inert(textOf(file.content), 64 * 1024)}</pre>
        </details>
      ))}
    </div>
  );
}
