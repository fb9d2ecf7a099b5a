/** The metrics of a CVSS vector in words, in the vector's order. Names as in the CVSS 2.0, 3.1 and 4.0 specifications. */
export function vocabularyOf(vector: string): { metric: string; value: string }[] {
  const parts = vector.split('/');
  const version = parts[0]?.startsWith('CVSS:') ? parts.shift()!.slice(5) : '2.0';
  const words = version.startsWith('4') ? version4 : version.startsWith('3') ? version3 : version2;
  return parts.flatMap((part) => {
    const [metric = '', value = ''] = part.split(':');
    const known = words[metric];
    return known ? [{ metric: known[0], value: known[1][value] ?? value }] : [];
  });
}

type Words = Record<string, [name: string, values: Record<string, string>]>;

const level = { N: 'none', L: 'low', H: 'high' };
const vector = { N: 'network', A: 'adjacent network', L: 'local', P: 'physical' };

const version4: Words = {
  AV: ['Attack vector', vector],
  AC: ['Attack complexity', level],
  AT: ['Attack requirements', { N: 'none', P: 'present' }],
  PR: ['Privileges required', level],
  UI: ['User interaction', { N: 'none', P: 'passive', A: 'active' }],
  VC: ['Confidentiality of the system', level],
  VI: ['Integrity of the system', level],
  VA: ['Availability of the system', level],
  SC: ['Confidentiality of others', level],
  SI: ['Integrity of others', { ...level, S: 'safety' }],
  SA: ['Availability of others', { ...level, S: 'safety' }],
  E: ['Exploit maturity', { X: 'not defined', A: 'attacked', P: 'proof of concept', U: 'unreported' }],
};

const version3: Words = {
  AV: ['Attack vector', vector],
  AC: ['Attack complexity', level],
  PR: ['Privileges required', level],
  UI: ['User interaction', { N: 'none', R: 'required' }],
  S: ['Scope', { U: 'unchanged', C: 'changed' }],
  C: ['Confidentiality', level],
  I: ['Integrity', level],
  A: ['Availability', level],
  E: ['Exploit code maturity', { X: 'not defined', U: 'unproven', P: 'proof of concept', F: 'functional', H: 'high' }],
};

const impact2 = { N: 'none', P: 'partial', C: 'complete' };

const version2: Words = {
  AV: ['Access vector', vector],
  AC: ['Access complexity', { L: 'low', M: 'medium', H: 'high' }],
  Au: ['Authentication', { N: 'none', S: 'single', M: 'multiple' }],
  C: ['Confidentiality', impact2],
  I: ['Integrity', impact2],
  A: ['Availability', impact2],
};
