/** What the page itself finds out about an envelope before it is sent: nothing of it leaves the browser for this. */
import { sha256 } from '@noble/hashes/sha2.js';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { type Assessment, assess, type Evidence } from '../../domain/intake/validation.ts';
import * as dsse from '../../formats/dsse/document.ts';
import * as statements from '../../formats/in-toto/statement.ts';
import * as validation from '../../formats/in-toto/validation.ts';

export interface Step {
  text: string;
  outcome: 'holds' | 'fails' | 'not checked';
}

export interface Checked {
  steps: Step[];
  envelope?: dsse.Envelope | undefined;
  evidence?: Evidence | undefined;
  /** The rule, applied here. */
  assessment?: Assessment | undefined;
}

/** A key that may have signed, as it is registered. */
export interface KnownKey {
  publicKey: string;
  fingerprint: string;
  label: string;
}

const digestOf = (text: string) =>
  `sha256:${Array.from(sha256(new TextEncoder().encode(text)), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** Checks an envelope against what it is said to be about, and against the keys that may have signed it. */
export async function check(
  text: string,
  about: { finding: string; findingDigest: string; kitDigest: string },
  keys: readonly KnownKey[],
  verify: dsse.VerifySignature,
): Promise<Checked> {
  const steps: Step[] = [];
  const say = (holds: boolean, text: string) => steps.push({ text, outcome: holds ? 'holds' : 'fails' });
  const read = dsse.read(text, [statements.payloadType]);
  if ('problems' in read) {
    say(false, `This is no envelope of evidence: ${read.problems.map((problem) => problem.message).join(' ')}`);
    return { steps };
  }
  const { envelope } = read;
  say(true, 'It is a DSSE envelope around an in-toto statement.');
  steps.push(await signatureStep(envelope, keys, verify));
  const said = statements.read(envelope.payload);
  const found = 'problems' in said ? said : validation.read(said.statement);
  if ('problems' in found) {
    say(
      false,
      `The statement cannot be read: ${found.problems.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
    );
    return { steps };
  }
  const { finding, evidence } = found;
  const isAbout = finding.id === about.finding && finding.digest === about.findingDigest;
  say(isAbout, isAbout ? 'It is about this finding.' : 'It is about another finding.');
  const isKit = evidence.kitDigest === about.kitDigest;
  say(isKit, isKit ? 'It was made with the kit of this request.' : 'It was made with another kit.');
  const isEnvironment = digestOf(canonicalJson(evidence.environment)) === evidence.environmentDigest;
  say(isEnvironment, `The digest of its environment ${isEnvironment ? 'holds' : 'does not hold'}.`);
  return { steps, envelope, evidence, assessment: assess(evidence.series) };
}

async function signatureStep(
  envelope: dsse.Envelope,
  keys: readonly KnownKey[],
  verify: dsse.VerifySignature,
): Promise<Step> {
  const known = keys.map((key) => ({
    ...key,
    publicKey: Uint8Array.from(atob(key.publicKey), (character) => character.charCodeAt(0)),
  }));
  try {
    const [signer] = await dsse.signersOf(envelope, known, verify);
    if (signer !== undefined) {
      return { text: `It is signed by the key “${signer.label}”, ${signer.fingerprint}.`, outcome: 'holds' };
    }
    return { text: 'None of the keys known here signed it, or it was changed.', outcome: 'fails' };
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return { text: 'This browser cannot check Ed25519 signatures; the server does.', outcome: 'not checked' };
  }
}
