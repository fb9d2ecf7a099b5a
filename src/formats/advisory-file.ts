import type { Advisory } from '../domain/advisory/advisory.ts';
import type { Fact } from '../domain/advisory/fact.ts';
import type { Problem } from '../domain/problem.ts';
import * as csaf from './csaf/document.ts';
import * as cve from './cve/document.ts';
import * as epss from './epss/document.ts';
import { isObject, type JsonObject } from './json.ts';
import * as kev from './kev/document.ts';
import * as osv from './osv/document.ts';
import { fromCsaf } from './osv/from-csaf.ts';

/** A fact about the vulnerability of one name, mostly a CVE id. */
export interface NamedFact {
  name: string;
  fact: Fact;
}

/** What one document says. It is refused when it says nothing and has problems. */
export interface Contents {
  advisories: Advisory[];
  facts: NamedFact[];
  problems: Problem[];
}

/** Reads the documents of one stream one after another; what each is, is told by its content. */
export interface Reader {
  read(text: string): Contents;
}

type ReadObject = (value: JsonObject) => Contents;

/** Formats by what only they have. The first that fits reads. */
const formats: { fits: (value: JsonObject) => boolean; read: ReadObject }[] = [
  {
    fits: (value) => typeof value['id'] === 'string' && value['modified'] !== undefined,
    read: (value) => {
      const { advisory, problems } = osv.read(value);
      return { advisories: advisory === undefined ? [] : [advisory], facts: [], problems };
    },
  },
  {
    fits: (value) => value['dataType'] === 'CVE_RECORD',
    read: (value) => {
      const result = cve.read(value);
      if (!('advisory' in result)) return { advisories: [], facts: [], problems: result.problems };
      const { advisory, facts, problems } = result;
      return { advisories: [advisory], facts: facts.map((fact) => ({ name: advisory.id, fact })), problems };
    },
  },
  {
    fits: (value) => 'catalogVersion' in value && 'vulnerabilities' in value,
    read: (value) => {
      const result = kev.read(value);
      const entries = 'catalog' in result ? result.catalog.entries : [];
      return { advisories: [], facts: entries.map(({ id, fact }) => ({ name: id, fact })), problems: result.problems };
    },
  },
  {
    fits: csaf.isOne,
    read: (value) => {
      const { advisory, problems } = fromCsaf(value);
      return { advisories: advisory === undefined ? [] : [advisory], facts: [], problems };
    },
  },
];

/** A reader for one stream: the lines of a CSV file mean something only after its first ones. */
export function reader(): Reader {
  const readLine = epss.lineReader();
  let isEpss: boolean | undefined;
  return {
    read(text) {
      // The comment line of a daily file, or the heading of a history or an extract.
      isEpss ??= /^(#(model_version|score_date)\b|[^{[#]*\bepss\b)/i.test(text);
      if (isEpss) {
        const row = readLine(text.replace(/\r$/, ''));
        if (row === undefined) return { advisories: [], facts: [], problems: [] };
        if ('problem' in row) return { advisories: [], facts: [], problems: [row.problem] };
        return { advisories: [], facts: [{ name: row.id, fact: row.fact }], problems: [] };
      }
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        return refused(`This is not JSON: ${(error as Error).message}`);
      }
      const format = isObject(value) ? formats.find(({ fits }) => fits(value)) : undefined;
      if (format === undefined) return refused('This is no OSV, CVE, KEV, EPSS or CSAF document.');
      return format.read(value as JsonObject);
    },
  };
}

function refused(message: string): Contents {
  return { advisories: [], facts: [], problems: [{ path: '', message }] };
}
