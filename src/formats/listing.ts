import type { Component, Inventory, VexStatement } from '../domain/advisory/inventory.ts';
import type { Problem } from '../domain/problem.ts';

export type Answer = { inventory: Inventory } | { problems: Problem[] };

/** The bounds of one document; beyond them it is refused, for a list cut short would look like a clean bill. */
export const limits = {
  /** What `read` takes at once; larger files are streamed. V8 ends a string near 512 MB. */
  sizeMax: 256 * 1024 * 1024,
  componentsMax: 2_000_000,
  /** Components inside components, and elements inside elements of XML. */
  depthMax: 500,
  /** Doubts worth listing; further ones are only counted. */
  problemsMax: 200,
} as const;

/** Thrown inside a reader when going on makes no sense; `refuse` turns it into the reader's answer. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(path: string, message: string) {
    super(message);
    this.problem = { path, message };
  }
}

/** Where readers put what they find. Components go to `onComponent` one by one, so that none need be kept. */
export class Listing {
  format: string;
  name: string | undefined;
  serial: string | undefined;
  created: string | undefined;
  readonly vex: VexStatement[] = [];
  readonly problems: Problem[] = [];
  private count = 0;
  private unlisted = 0;
  private readonly onComponent: (component: Component) => void;

  constructor(format: string, onComponent: (component: Component) => void) {
    this.format = format;
    this.onComponent = onComponent;
  }

  add(component: Component): void {
    if (++this.count > limits.componentsMax) {
      throw new Refused(component.path, `There are more than ${limits.componentsMax} components. Split the file.`);
    }
    this.onComponent(component);
  }

  /** Notes what is left out or doubtful. */
  doubt(path: string, message: string): void {
    if (this.problems.length < limits.problemsMax) this.problems.push({ path, message });
    else this.unlisted++;
  }

  inventory(components: Component[]): Inventory {
    const problems =
      this.unlisted === 0
        ? this.problems
        : [...this.problems, { path: '', message: `${this.unlisted} more problems like these are not listed.` }];
    return {
      format: this.format,
      ...(this.name === undefined ? {} : { name: this.name }),
      ...(this.serial === undefined ? {} : { serial: this.serial }),
      ...(this.created === undefined ? {} : { created: this.created }),
      components,
      vex: this.vex,
      problems,
    };
  }
}

/** Runs a reader; a refusal inside becomes its answer. */
export function answer(format: string, work: (listing: Listing) => void): Answer {
  const components: Component[] = [];
  const listing = new Listing(format, (component) => components.push(component));
  try {
    work(listing);
  } catch (error) {
    return { problems: refuse(error) };
  }
  return { inventory: listing.inventory(components) };
}

/** The problems of a refusal. Anything but a refusal is our own fault and falls on, except a stack that ran out. */
export function refuse(error: unknown): Problem[] {
  if (error instanceof Refused) return [error.problem];
  if (error instanceof RangeError) return [{ path: '', message: 'The file is nested too deeply to read.' }];
  throw error;
}
