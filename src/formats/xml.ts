import { SaxesParser } from 'saxes';
import { limits, Refused } from './listing.ts';

/** One element of an XML document, without what its reader took away. */
export interface Element {
  /** Without prefix. */
  name: string;
  namespace: string;
  /** By name as written; those of other namespaces keep their prefix. */
  attributes: ReadonlyMap<string, string>;
  children: Element[];
  /** The text directly inside, trimmed. */
  text: string;
  /** From 1. */
  line: number;
}

/** What is held at once at most: elements of one tree, and characters of one text. */
const elementsMax = 1_000_000;
const textLengthMax = 16 * 1024 * 1024;

/**
 * XML 1.0 with namespaces, read in pieces. `take` sees each element as it ends, with the elements around it from the root inwards; it
 * answers true to have it dropped from the tree, so that a long document need not be kept. Entities that a document type
 * declares are not expanded but refused (saxes knows the five of XML only), and nothing outside is ever fetched.
 * Throws `Refused` with line and column.
 */
export class Reader {
  private readonly parser = new SaxesParser({ xmlns: true });
  private readonly open: Element[] = [];
  /** How many elements each open one holds by now. */
  private readonly sizes: number[] = [];
  private root: Element | undefined;

  constructor(take: (element: Element, around: readonly Element[]) => boolean = () => false) {
    const { parser, open, sizes } = this;
    parser.on('error', (error) => {
      const [, line, column, message] = /^(?:[^:]*:)?(\d+):(\d+): ([\s\S]*)$/.exec(error.message) ?? [];
      throw new Refused(
        line === undefined ? '' : `line ${line}, column ${column}`,
        `This is not well-formed XML: ${message ?? error.message}`,
      );
    });
    parser.on('opentag', (tag) => {
      if (open.length >= limits.depthMax) {
        throw new Refused(`line ${parser.line}`, `Elements are nested more than ${limits.depthMax} deep.`);
      }
      const attributes = new Map<string, string>();
      for (const attribute of Object.values(tag.attributes)) attributes.set(attribute.name, attribute.value);
      open.push({ name: tag.local, namespace: tag.uri, attributes, children: [], text: '', line: parser.line });
      sizes.push(1);
      this.root ??= open[0];
    });
    const onText = (text: string) => {
      const element = open.at(-1);
      if (element === undefined) return;
      element.text += text;
      if (element.text.length > textLengthMax)
        throw new Refused(`line ${element.line}`, 'The text of this element is too long.');
    };
    parser.on('text', onText);
    parser.on('cdata', onText);
    parser.on('closetag', () => {
      const element = open.pop() as Element;
      element.text = element.text.trim();
      const size = sizes.pop() as number;
      if (take(element, open)) return;
      open.at(-1)?.children.push(element);
      if (sizes.length === 0) return;
      sizes[sizes.length - 1] = (sizes.at(-1) as number) + size;
      if ((sizes.at(-1) as number) > elementsMax) {
        throw new Refused(`line ${element.line}`, `More than ${elementsMax} elements stand inside one.`);
      }
    });
  }

  write(text: string): void {
    this.parser.write(text);
  }

  /** Ends the document and gives its root. */
  close(): Element {
    this.parser.close();
    if (this.root === undefined) throw new Refused('', 'This XML has no element.');
    return this.root;
  }
}

/** A whole document as a tree. Throws `Refused`. */
export function parse(text: string): Element {
  const reader = new Reader();
  reader.write(text);
  return reader.close();
}

export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((each) => each.name === name);
}

export function children(element: Element | undefined, name: string): Element[] {
  return element?.children.filter((each) => each.name === name) ?? [];
}

/** The text of a child, when it has any. */
export function textOf(element: Element | undefined, name: string): string | undefined {
  return child(element, name)?.text || undefined;
}

/** Whether the text starts like a document with this root element, as far as can be told without parsing. */
export function startsLike(head: string, root: RegExp): boolean {
  let at = head.indexOf('<');
  // Past the declaration, comments and a document type.
  while (at !== -1 && /[?!]/.test(head[at + 1] ?? '')) {
    const close = head.startsWith('<!--', at) ? '-->' : '>';
    const end = head.indexOf(close, at);
    at = end === -1 ? -1 : head.indexOf('<', end + close.length);
  }
  const name = at === -1 ? undefined : /^<(?:[\w.-]+:)?([\w.-]+)/.exec(head.slice(at, at + 200))?.[1];
  return name !== undefined && root.test(name);
}
