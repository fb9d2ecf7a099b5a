/**
 * What somebody needs to reproduce a finding, and no more: the claimed flaw, the component, the files and commands, and the signal to
 * look for. A kit is made by a coordinator, leaves out how the finder came to it, and is data: it runs on a validator's own machine,
 * in a sandbox, when a person there says so, and never on the server (I16).
 */
import type { ReportedComponent } from './report.ts';

/** What a run is for. `reproduce` shows the flaw; in a `control` the signal must stay away; the others tell which versions have it. */
export const purposes = ['reproduce', 'control', 'baseline', 'newest'] as const;
export type Purpose = (typeof purposes)[number];

/** How a control differs from the reproducer: a harmless input to the same version, or the same input to a fixed version. */
export const controlKinds = ['harmless_input', 'fixed_version'] as const;
export type ControlKind = (typeof controlKinds)[number];

/** What is to be seen when the flaw is there. */
export type Signal =
  /** The command ends with this code; 128 and the signal's number where a signal ended it, as a shell says it. */
  | { kind: 'exit'; code: number }
  /** A regular expression (ECMAScript, flags `mu`) that standard output or standard error holds. */
  | { kind: 'output'; pattern: string }
  /** A sanitizer reports this class, such as `heap-buffer-overflow`. */
  | { kind: 'sanitizer'; class: string }
  /** A regular file at this path below the work folder, holding `contains` where that is given. */
  | { kind: 'file'; path: string; contains?: string | undefined }
  /** It does not end within its time. */
  | { kind: 'timeout' };

/** One file of the kit, laid into the work folder before each run. */
export interface KitFile {
  /** Relative, with forward slashes. */
  path: string;
  /** Base64 of its bytes. */
  content: string;
  isExecutable?: boolean | undefined;
}

/** One command. In the container image where one is named (by digest), or else in a sandbox over the validator's own system. */
export interface Run {
  command: string[];
  /** `name@sha256:...`: an image that a tag alone names may be another one tomorrow. */
  image?: string | undefined;
  /** The version of the component that this run is about. */
  version?: string | undefined;
}

export interface Kit {
  format: 'assay-validation-kit/1';
  finding: string;
  /** Digest of the report that the finding was handed in as: what the evidence is about. */
  findingDigest: string;
  /** The claimed flaw in one line, and what is claimed of it. */
  title: string;
  claim: string;
  component: ReportedComponent;
  files: KitFile[];
  signal: Signal;
  reproduce: Run;
  control?: (Run & { kind: ControlKind }) | undefined;
  /** The named older version: does it show there too? */
  baseline?: Run | undefined;
  /** The newest version: is it mended already? */
  newest?: Run | undefined;
  /** Longest time of one run. */
  timeoutSeconds: number;
  /** Says that the reproducer cannot work without a network. It gets one only where the validator allows it as well. */
  needsNetwork: boolean;
  /** Programs whose `--version` is told with the evidence, such as `python3`. */
  tools: string[];
}

/** What a kit may hold at most; lengths in UTF-16 units, sizes in bytes. */
export const kitLimits = {
  claimLengthMax: 16 * 1024,
  filesMax: 50,
  pathLengthMax: 200,
  /** Of all files together, decoded. */
  filesSizeMax: 512 * 1024,
  argumentsMax: 50,
  argumentLengthMax: 4096,
  imageLengthMax: 400,
  patternLengthMax: 500,
  timeoutSecondsMax: 600,
  toolsMax: 10,
  /** JSON text of one kit. */
  kitLengthMax: 900 * 1024,
} as const;

/** Whether a path stays below the folder it is laid into: relative, no `..`, no empty part, no control character. */
export function isPathBelow(path: string): boolean {
  if (path.length === 0 || path.length > kitLimits.pathLengthMax || /[\\\p{C}]/u.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** The runs of a kit with what each is for, in the order in which they are done. */
export function runsOf(kit: Kit): { purpose: Purpose; run: Run }[] {
  return purposes.flatMap((purpose) => {
    const run = kit[purpose];
    return run === undefined ? [] : [{ purpose, run }];
  });
}
