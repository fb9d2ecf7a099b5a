import type { Justification, Marked, MarkState } from '../../domain/advisory/mark.ts';
import type { Instant } from '../../domain/instant.ts';

/** CycloneDX 1.6, vulnerabilities[].analysis: what each mark says there. */
const analysisOf: Record<MarkState, { state: string; response?: string[] }> = {
  // To plan an upgrade is to say that the flaw matters here.
  planned: { state: 'exploitable', response: ['update'] },
  done: { state: 'resolved', response: ['update'] },
  not_affected: { state: 'not_affected' },
};

/** OpenVEX label to CycloneDX's word for it; one has none, and is written out in the detail. */
const justificationOf: Partial<Record<Justification, string>> = {
  component_not_present: 'code_not_present',
  vulnerable_code_not_present: 'code_not_present',
  vulnerable_code_not_in_execute_path: 'code_not_reachable',
  inline_mitigations_already_exist: 'protected_by_mitigating_control',
};

export interface VexDocument {
  /** `urn:uuid:...`, drawn by the caller. */
  serial: string;
  at: Instant;
  /** What the statements are about: the inventory's name. */
  subject?: { name: string; version?: string };
  statements: readonly Marked[];
}

/**
 * An operator's marks as a CycloneDX 1.6 VEX document in JSON. Each package stands once among the components, under its purl, and
 * each vulnerability of each statement once among the vulnerabilities.
 */
export function write(document: VexDocument): string {
  const components = new Map<string, object>();
  const vulnerabilities: object[] = [];
  for (const { mark, purl, name, version, vulnerabilities: closed } of document.statements) {
    components.set(purl, { type: 'library', 'bom-ref': purl, name, version, purl });
    const { state, response } = analysisOf[mark.state];
    const word = mark.justification === undefined ? undefined : justificationOf[mark.justification];
    const detail = word === undefined ? [mark.justification, mark.reason].filter(Boolean).join(': ') : mark.reason;
    for (const [id, ...aliases] of closed) {
      if (id === undefined) continue;
      vulnerabilities.push({
        id,
        source: sourceOf(id),
        ...(aliases.length === 0
          ? {}
          : { references: [...new Set(aliases)].map((alias) => ({ id: alias, source: sourceOf(alias) })) }),
        analysis: {
          state,
          ...(word === undefined ? {} : { justification: word }),
          ...(response === undefined ? {} : { response }),
          ...(detail === '' ? {} : { detail }),
          lastUpdated: mark.at,
        },
        affects: [{ ref: purl }],
      });
    }
  }
  const { subject } = document;
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: document.serial,
    version: 1,
    metadata: {
      timestamp: document.at,
      tools: { components: [{ type: 'application', name: 'Assay' }] },
      ...(subject === undefined ? {} : { component: { type: 'application', ...subject } }),
    },
    components: [...components.values()],
    vulnerabilities,
  };
  return `${JSON.stringify(bom, undefined, 2)}\n`;
}

function sourceOf(id: string): { name: string; url?: string } {
  if (/^CVE-\d{4}-\d{4,}$/.test(id)) return { name: 'NVD', url: `https://nvd.nist.gov/vuln/detail/${id}` };
  if (/^GHSA(-\w{4}){3}$/.test(id)) return { name: 'GitHub', url: `https://github.com/advisories/${id}` };
  return { name: 'OSV', url: `https://osv.dev/vulnerability/${encodeURIComponent(id)}` };
}
