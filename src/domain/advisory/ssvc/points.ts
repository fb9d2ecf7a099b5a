/**
 * SSVC decision points where CISA has recorded none: worked out from what an advisory says, each with its derivation in
 * plain sentences. Definitions: CERT/CC, SSVC decision points Exploitation 1.1.0, Automatable 2.0.0, Technical Impact 1.0.0.
 * The rules were chosen on one half of CISA's own decisions, where each had two records or more for it, and measured on the
 * other: `npm run bench -- ssvc-points`.
 */
import type { Advisory, Reference } from '../advisory.ts';
import { parse, type Vector, valueOfMetric } from '../cvss/vector.ts';
import type { Fact, SsvcFact } from '../fact.ts';

export const derivedSource = 'Assay, derived';

/** What the rules may look at. Recorded SSVC points are no part of it. */
interface Evidence {
  /** The vector that speaks, of those given. */
  vector: Vector | undefined;
  weaknesses: readonly string[];
  text: string;
  references: readonly Reference[];
  isInKev: boolean;
}

/** A value and the sentence that says how it was reached. */
interface Derived<Value> {
  value: Value;
  because: string;
}

/** Characters of an advisory that are looked at. Enough for any; keeps the word rules cheap on hostile text. */
export const textMax = 20_000;

/** CISA's analysts score by v3.1, so a vector of that version speaks first; at equal version, the issuer's own does. */
const versionOrder = ['3.1', '3.0', '4.0', '2.0'];

function evidenceOf(advisories: readonly Advisory[], facts: readonly Fact[]): Evidence {
  const text = advisories
    .map(({ summary, details }) => `${summary ?? ''}\n${details ?? ''}`.slice(0, textMax))
    .join('\n');
  const stated = facts.flatMap((fact) => (fact.kind === 'cvss' ? [fact.vector] : []));
  const own = advisories.flatMap(({ severity }) => (severity ?? []).map(({ score }) => score));
  // Some issuers, Oracle for one, write the vector into the description and nowhere else.
  const inText =
    text.match(/CVSS:[34]\.[01]\/[A-Za-z0-9:/]{20,150}|AV:[NAL]\/AC:[HML]\/Au:[MSN]\/C:[NPC]\/I:[NPC]\/A:[NPC]/g) ?? [];
  const vectors = [...(stated.length + own.length > 0 ? [...own, ...stated] : inText)]
    .map(parse)
    .filter((vector): vector is Vector => !('error' in vector));
  const weaknesses = advisories.flatMap((advisory) => advisory.database_specific?.['cwe_ids'] ?? []);
  return {
    vector: versionOrder
      .map((version) => vectors.find((vector) => vector.version === version))
      .find((vector) => vector !== undefined),
    weaknesses: weaknesses.filter((id) => typeof id === 'string'),
    text,
    references: advisories.flatMap(({ references }) => references ?? []),
    isInKev: facts.some((fact) => fact.kind === 'kev'),
  };
}

/**
 * The three points of a vulnerability, of which `advisories` (one at least) speak: those that are recorded among the facts, and for the others what can be derived, with
 * `derivation` saying how. Undefined when nothing is recorded and nothing can be derived. A point that cannot be derived stays
 * absent: unknown.
 */
export function pointsOf(advisories: readonly Advisory[], facts: readonly Fact[]): SsvcFact | undefined {
  const recorded = facts.find((fact) => fact.kind === 'ssvc' && fact.derivation === undefined) as SsvcFact | undefined;
  if (recorded?.exploitation && recorded.automatable && recorded.technicalImpact) return recorded;
  const evidence = evidenceOf(advisories, facts);
  const derived = {
    exploitation: recorded?.exploitation ? undefined : exploitationOf(evidence),
    automatable: recorded?.automatable ? undefined : automatableOf(evidence),
    technicalImpact: recorded?.technicalImpact ? undefined : technicalImpactOf(evidence),
  };
  const derivation = Object.values(derived).flatMap((point) => (point ? [point.because] : []));
  if (derivation.length === 0) return recorded;
  return {
    kind: 'ssvc',
    source: recorded?.source ?? derivedSource,
    date:
      recorded?.date ??
      advisories
        .map(({ modified }) => modified)
        .sort()
        .at(-1) ??
      '',
    ...(recorded ?? {}),
    ...(derived.exploitation ? { exploitation: derived.exploitation.value } : {}),
    ...(derived.automatable ? { automatable: derived.automatable.value } : {}),
    ...(derived.technicalImpact ? { technicalImpact: derived.technicalImpact.value } : {}),
    derivation,
  };
}

/** Weaknesses of origin and cookie settings: they act through a victim's browser, so an attacker has to wait. */
const browserWeaknesses = ['CWE-346', 'CWE-614', 'CWE-942', 'CWE-1004'];

/** Can steps 1-4 of the kill chain be reliably automated? */
function automatableOf({ vector, weaknesses, text }: Evidence): Derived<'yes' | 'no'> | undefined {
  const no = (because: string): Derived<'no'> => ({ value: 'no', because: `Automatable: no. ${because}` });
  if (vector === undefined) {
    if (/\bIn the Linux kernel, the following vulnerability has been resolved\b/.test(text)) {
      return no('The text describes a defect inside the Linux kernel and states no vector; CISA decides no for these.');
    }
    if (/\b(local (users?|attackers?)|physical(ly)? (access|proximate)|local escalation)\b/i.test(text)) {
      return no('The text asks for local or physical access.');
    }
    if (
      /\b(crafted|malicious) (html |web ?)?(page|site)\b|\bmalicious file\b|\bclickjacking\b|\buser interaction is (needed|required)\b/i.test(
        text,
      )
    ) {
      return no('The text says that somebody has to open or visit something.');
    }
    if (/\bauthenticated (user|attacker)s?\b(?<!\bunauthenticated \w+)|\badministrators?\b/i.test(text)) {
      return no('The text says that the attacker has an account.');
    }
    return undefined;
  }
  const obstacles = obstaclesOf(vector);
  if (obstacles.length > 0) return no(`${named(vector)} asks for ${obstacles.join(', ')}.`);
  const weakness = browserWeaknesses.find((id) => weaknesses.includes(id));
  if (weakness !== undefined)
    return no(`${weakness} acts through the browser of a victim, for whom the attacker has to wait.`);
  if (
    /\b(crafted|malicious|malformed) (response|reply|answer)|\b(upstream|malicious) server\b|\brecursive resol(ution|vers?)\b/i.test(
      text,
    )
  ) {
    return no('The text says that the attack comes in the answer of a server that the target has to ask first.');
  }
  return {
    value: 'yes',
    because: `Automatable: yes. ${named(vector)} asks for no access, no privileges, no user interaction and nothing special.`,
  };
}

/** The vector itself stands among the facts. */
const named = ({ version }: Vector) => `The CVSS ${version} vector`;

/** What stands between an attacker on the network and the exploit, in words. */
function obstaclesOf(vector: Vector): string[] {
  const is = (metric: string, ...values: string[]) => values.includes(valueOfMetric(vector, metric) ?? '');
  const privileges = vector.version === '2.0' ? !is('Au', 'N') : !is('PR', 'N');
  const obstacles: [boolean, string][] = [
    [
      !is('AV', 'N'),
      `${is('AV', 'A') ? 'the same network segment' : is('AV', 'P') ? 'physical access' : 'local access'} (AV)`,
    ],
    [!is('AC', 'L'), 'conditions beyond the attacker’s control (AC)'],
    [is('AT', 'P'), 'attack requirements (AT)'],
    [privileges, vector.version === '2.0' ? 'an account (Au)' : 'privileges (PR)'],
    [vector.version !== '2.0' && !is('UI', 'N'), 'user interaction (UI)'],
  ];
  return obstacles.filter(([stands]) => stands).map(([, words]) => words);
}

const codeExecution =
  /\b(remote|arbitrary|malicious) code execution\b|\bexecut\w+ (of )?(arbitrary|remote|malicious) (\w+ )?(code|commands?)\b|\bRCE\b/i;
const privilegeGain = /\bprivilege escalation\b|\bescalation of privileges?\b|\belevat\w+ of privileges?\b/i;

/** Does the exploit give total control of the software, or of all that it holds? */
function technicalImpactOf({ vector, text }: Evidence): Derived<'partial' | 'total'> | undefined {
  if (vector === undefined) {
    if (codeExecution.test(text))
      return { value: 'total', because: 'Technical impact: total. The text says that code can be executed.' };
    if (privilegeGain.test(text))
      return { value: 'total', because: 'Technical impact: total. The text says that privileges are gained.' };
    if (/\bIn the Linux kernel, the following vulnerability has been resolved\b/.test(text)) {
      const because =
        'The text describes a defect inside the Linux kernel and states no vector; CISA decides partial for nearly all of these.';
      return { value: 'partial', because: `Technical impact: partial. ${because}` };
    }
    return undefined;
  }
  const loss = (metric: string) =>
    ['H', 'C'].includes(valueOfMetric(vector, vector.version === '4.0' ? `V${metric}` : metric) ?? '');
  // Whoever reads and changes everything controls the software; whether they can also stop it adds nothing.
  if (loss('C') && loss('I')) {
    return {
      value: 'total',
      because: `Technical impact: total. ${named(vector)} states full loss of confidentiality and of integrity.`,
    };
  }
  const kept = [...(loss('C') ? [] : ['confidentiality']), ...(loss('I') ? [] : ['integrity'])].join(' or ');
  return {
    value: 'partial',
    because: `Technical impact: partial. ${named(vector)} does not state full loss of ${kept}.`,
  };
}

/** Places that publish exploits, or reports with the steps to reproduce. */
const exploitPlaces =
  /^https?:\/\/([\w-]+\.)*(exploit-db\.com|packetstorm(security)?\.(com|news)|huntr\.(com|dev)|gist\.github\.com|wpscan\.com|talosintelligence\.com)\//i;
const exploitPath = /^https?:\/\/(github|gitlab|gitee)\.com\/.*(\bpoc\b|exploit|cve-?\d{4})/i;

/**
 * Is it exploited, or could anyone who reads do so? Silence is no evidence of the contrary, so `none` is never derived; and
 * EPSS is no evidence of either, it forecasts.
 */
function exploitationOf({ vector, text, references, isInKev }: Evidence): Derived<'poc' | 'active'> | undefined {
  const say = <Value extends string>(value: Value, because: string) => ({
    value,
    because: `Exploitation: ${value}. ${because}`,
  });
  if (isInKev) return say('active', 'CISA lists it in KEV.');
  const maturity = vector && valueOfMetric(vector, 'E');
  if (vector?.version === '4.0' && maturity === 'A') return say('active', `${named(vector)} states attacks (E:A).`);
  const place = references.find(({ url }) => exploitPlaces.test(url) || exploitPath.test(url));
  if (place !== undefined)
    return say('poc', `A reference leads to an exploit or a report with steps: ${place.url.slice(0, 200)}`);
  const tagged = references.find(({ type }) => type === 'EVIDENCE');
  if (tagged !== undefined) return say('poc', `The issuer marks a reference as exploit: ${tagged.url.slice(0, 200)}`);
  if (/\bproof.of.concept\b|\bPoC\b|\bexploit (has been|is) (disclosed|public|publicly|available)\b/i.test(text)) {
    return say('poc', 'The text speaks of a public exploit or proof of concept.');
  }
  if (maturity !== undefined && ['P', 'POC', 'F', 'H'].includes(maturity))
    return say('poc', `${named(vector!)} states exploit code (E:${maturity}).`);
  return undefined;
}
