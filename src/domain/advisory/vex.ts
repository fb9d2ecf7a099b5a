import type { Component, Inventory, VexStatement } from './inventory.ts';
import type { Purl } from './purl.ts';
import * as purl from './purl.ts';

/** The statement that stands about one vulnerability of one component. */
export interface Standing {
  status: VexStatement['status'];
  statement: VexStatement;
  /** Statements of other authors that say something else. The most cautious one stands. */
  disagreeing: VexStatement[];
}

/** The exploitability statements that bear on one inventory. Made once for a list; then asked for each match. */
export interface Statements {
  /**
   * What stands about a vulnerability of a component, by any of the vulnerability's names. Undefined when nobody says
   * anything.
   */
  about(component: Component, names: readonly string[]): Standing | undefined;
}

/** The most cautious first: where authors disagree, silence must not win over a warning. */
const caution: VexStatement['status'][] = ['affected', 'under_investigation', 'fixed', 'not_affected'];

/**
 * Statements of one author replace that author's earlier ones about the same vulnerability and component (OpenVEX 0.2.0,
 * "Updating Statements"; CSAF and CycloneDX documents replace as a whole). Equal times: the more cautious one stands.
 *
 * A statement speaks of a component when one of its products names it: by purl (without a version all versions are
 * meant; qualifiers that the statement leaves out may be anything), by the document's own handle, by BOM-Link or by CPE.
 * A product that is what the inventory describes stands for all its components. With subcomponents the statement speaks
 * of those, inside such a product.
 */
export function statementsFor(inventory: Inventory, statements: readonly VexStatement[]): Statements {
  const whole = new Whole(inventory);
  const byName = new Map<string, VexStatement[]>();
  for (const statement of statements) {
    for (const name of new Set(statement.vulnerabilities.map((one) => one.toUpperCase()))) {
      const list = byName.get(name);
      if (list === undefined) byName.set(name, [statement]);
      else list.push(statement);
    }
  }
  return {
    about(component, names) {
      if (byName.size === 0) return undefined;
      const found = new Set<VexStatement>();
      for (const name of names) for (const one of byName.get(name.toUpperCase()) ?? []) found.add(one);
      const latest = new Map<string, VexStatement>();
      for (const statement of found) {
        if (!whole.isMeant(statement, component)) continue;
        const author = statement.author ?? '';
        const earlier = latest.get(author);
        if (earlier === undefined || stands(statement, earlier)) latest.set(author, statement);
      }
      const standing = [...latest.values()].sort(byCaution);
      const first = standing[0];
      if (first === undefined) return undefined;
      const disagreeing = standing.filter((one) => one.status !== first.status);
      return { status: first.status, statement: first, disagreeing };
    },
  };
}

function stands(later: VexStatement, earlier: VexStatement): boolean {
  const at = later.at ?? '';
  const before = earlier.at ?? '';
  return at !== before ? at > before : byCaution(later, earlier) < 0;
}

/** A total order, so that the order in which statements arrive decides nothing. */
function byCaution(a: VexStatement, b: VexStatement): number {
  const text = (one: VexStatement) =>
    JSON.stringify([
      one.author,
      one.at,
      one.justification,
      one.statement,
      one.products,
      one.subcomponents,
      one.vulnerabilities,
    ]);
  return caution.indexOf(a.status) - caution.indexOf(b.status) || (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}

class Whole {
  private readonly inventory: Inventory;
  private readonly described: Component[];
  private readonly parsed = new Map<string, Purl | undefined>();
  private readonly isWhole = new Map<string, boolean>();

  constructor(inventory: Inventory) {
    this.inventory = inventory;
    this.described = inventory.components.filter(({ path }) => path === 'metadata.component');
  }

  isMeant(statement: VexStatement, component: Component): boolean {
    const isWhole = statement.products.some((product) => this.describes(product));
    const parts = statement.subcomponents ?? [];
    if (parts.length === 0) return isWhole || statement.products.some((product) => this.names(product, component));
    return isWhole && parts.some((part) => this.names(part, component));
  }

  /** Whether a product is what the inventory as a whole describes. */
  private describes(product: string): boolean {
    let is = this.isWhole.get(product);
    if (is === undefined) {
      const { serial, name } = this.inventory;
      is =
        (serial !== undefined && (product === serial || product === bomLink(serial))) ||
        (name !== undefined && product === name) ||
        this.described.some((component) => this.names(product, component));
      this.isWhole.set(product, is);
    }
    return is;
  }

  private names(product: string, component: Component): boolean {
    if (component.ref !== undefined && this.isHandle(product, component.ref)) return true;
    if (product.startsWith('pkg:') && component.purl !== undefined) {
      return product === component.purl || this.purlNames(product, component);
    }
    return product.startsWith('cpe:') && component.cpe !== undefined && cpeNames(product, component.cpe);
  }

  /** The handle itself, or a BOM-Link to it in this very document (CycloneDX, `urn:cdx:serial/version#bom-ref`). */
  private isHandle(product: string, ref: string): boolean {
    if (product === ref) return true;
    const { serial } = this.inventory;
    if (serial === undefined || !product.startsWith('urn:cdx:')) return false;
    const hash = product.indexOf('#');
    if (hash < 0) return false;
    const link = product.slice(0, hash).replace(/\/\d+$/, '');
    return link === bomLink(serial) && decoded(product.slice(hash + 1)) === ref;
  }

  private purlNames(product: string, component: Component): boolean {
    const said = this.parse(product);
    const installed = this.parse(component.purl!);
    if (said === undefined || installed === undefined) return false;
    if (said.type !== installed.type || said.namespace !== installed.namespace || said.name !== installed.name) {
      return false;
    }
    if (said.version !== undefined && said.version !== (installed.version ?? component.version)) return false;
    const own = installed.qualifiers ?? {};
    return Object.entries(said.qualifiers ?? {}).every(([key, value]) => own[key] === value);
  }

  private parse(text: string): Purl | undefined {
    if (this.parsed.has(text)) return this.parsed.get(text);
    let parsed: Purl | undefined;
    try {
      parsed = purl.parse(text);
    } catch {
      parsed = undefined;
    }
    this.parsed.set(text, parsed);
    return parsed;
  }
}

/** CycloneDX serial numbers are `urn:uuid:...`, and BOM-Links `urn:cdx:...` of the same UUID. */
function bomLink(serial: string): string {
  return serial.replace(/^urn:uuid:/, 'urn:cdx:');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** NISTIR 7696, as far as it is used: each part of the statement's CPE 2.3 equals the component's or is `*`. */
function cpeNames(said: string, installed: string): boolean {
  if (said === installed) return true;
  if (!said.startsWith('cpe:2.3:') || !installed.startsWith('cpe:2.3:')) return false;
  const parts = installed.toLowerCase().split(/(?<!\\):/);
  return said
    .toLowerCase()
    .split(/(?<!\\):/)
    .every((part, index) => part === '*' || part === (parts[index] ?? '*'));
}
