import { z } from 'zod';
import { verdicts } from '../../domain/intake/validation.ts';
import { controlKinds, isPathBelow, type Kit as KitOf, kitLimits } from '../../domain/intake/validation-kit.ts';
import { PageQuery, pageOf } from './page.ts';
import { Component } from './reports.ts';

const Id = z.string().min(1).max(100);
const Instant = z.string().max(40);
const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is sha256: and 64 hexadecimal digits');
const Path = z.string().refine(isPathBelow, { message: 'is a relative path below the work folder, without ".."' });

const Run = z.strictObject({
  command: z
    .array(z.string().max(kitLimits.argumentLengthMax))
    .min(1)
    .max(kitLimits.argumentsMax)
    .describe('The program and its arguments; no shell reads them'),
  image: z
    .string()
    .max(kitLimits.imageLengthMax)
    .regex(/^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/, 'names a container image by digest: name@sha256:...')
    .optional(),
  version: z.string().min(1).max(200).optional(),
});

const Signal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exit'), code: z.int().min(0).max(255) }),
  z.strictObject({
    kind: z.literal('output'),
    pattern: z
      .string()
      .min(1)
      .max(kitLimits.patternLengthMax)
      .refine(
        (pattern) => {
          try {
            return new RegExp(pattern, 'mu') instanceof RegExp;
          } catch {
            return false;
          }
        },
        { message: 'is a regular expression of ECMAScript' },
      ),
  }),
  z.strictObject({
    kind: z.literal('sanitizer'),
    class: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9 -]{0,79}$/, 'names a class, such as heap-buffer-overflow'),
  }),
  z.strictObject({ kind: z.literal('file'), path: Path, contains: z.string().min(1).max(1000).optional() }),
  z.strictObject({ kind: z.literal('timeout') }),
]);

const base64Size = (text: string) => Math.floor((text.length * 3) / 4);

/** A validation kit as it is sent and kept in a file: `domain/intake/validation-kit.ts`. Unknown fields are refused. */
export const Kit: z.ZodType<KitOf> = z
  .strictObject({
    format: z.literal('assay-validation-kit/1'),
    finding: Id,
    findingDigest: Digest,
    title: z.string().min(1).max(300),
    claim: z.string().max(kitLimits.claimLengthMax),
    component: Component,
    files: z
      .array(
        z.strictObject({
          path: Path,
          content: z.base64().max(Math.ceil((kitLimits.filesSizeMax * 4) / 3) + 4),
          isExecutable: z.boolean().optional(),
        }),
      )
      .max(kitLimits.filesMax),
    signal: Signal,
    reproduce: Run,
    control: Run.extend({ kind: z.enum(controlKinds) }).optional(),
    baseline: Run.optional(),
    newest: Run.optional(),
    timeoutSeconds: z.int().min(1).max(kitLimits.timeoutSecondsMax),
    needsNetwork: z.boolean(),
    tools: z
      .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, 'is the name of a program'))
      .max(kitLimits.toolsMax),
  })
  .refine((kit) => new Set(kit.files.map((file) => file.path)).size === kit.files.length, {
    path: ['files'],
    message: 'Two files have the same path. Give each its own.',
  })
  .refine((kit) => kit.files.reduce((sum, file) => sum + base64Size(file.content), 0) <= kitLimits.filesSizeMax, {
    path: ['files'],
    message: 'All files together hold 512 KiB at most. Put larger inputs into the container image.',
  });

/** A coordinator shares a kit. `finding` and `findingDigest` of the kit are filled in here. */
export const ShareValidation = z.strictObject({
  finding: Id,
  organisation: Id.describe('The organisation that is asked to reproduce it; not the one that reported it'),
  kit: Kit,
  endsAt: z.iso.datetime().describe('Until when they may read the kit, 90 days from now at most'),
});

export const PreviewQuery = z.object({ finding: Id, organisation: Id.optional() });
/** Who will learn what when a kit is shared, and a draft of the kit from what was reported. Nothing is kept. */
export const SharePreview = z.object({
  finding: Id,
  organisations: z
    .array(z.object({ id: z.string(), name: z.string(), learns: z.array(z.string()) }))
    .describe('Who will know of the request, and what each will be able to read'),
  staysHidden: z.array(z.string()).describe('What the validator does not learn'),
  askable: z
    .array(z.object({ id: z.string(), name: z.string() }))
    .describe(
      'Organisations that may be asked, by name: they take part, reproduce findings, and reported nothing of it',
    ),
  draft: Kit,
});

export const ValidationParams = z.object({ id: Id });
export const ValidationsQuery = PageQuery.extend({
  finding: Id.optional().describe(
    'Every request on this finding that you may know of; what your organisation was asked, when left out',
  ),
});

const Interval = z.object({ low: z.number(), high: z.number() });
const Tally = z.object({ seen: z.number(), attempts: z.number() });

/** What a validator handed in, as the rule reads it. The envelope itself is at `/validations/{id}/evidence/{evidence}`. */
export const EvidenceView = z.object({
  id: z.string(),
  receivedAt: Instant,
  digest: z.string().describe('Of the envelope as it was handed in'),
  key: z.object({
    publicKey: z.string(),
    fingerprint: z.string(),
    label: z.string(),
    revokedAt: Instant.nullable(),
  }),
  person: z.object({ id: z.string(), name: z.string() }),
  organisation: z.object({ id: z.string(), name: z.string() }),
  verdict: z.enum(verdicts),
  sentence: z.string(),
  reasons: z.array(z.string()),
  policy: z.object({ name: z.string(), version: z.string() }),
  rate: Interval.describe('Share of attempts in which the signal shows, with its interval at 95%'),
  tallies: z.object({
    reproduce: Tally,
    control: Tally.optional(),
    baseline: Tally.optional(),
    newest: Tally.optional(),
  }),
  independence: z.object({
    isIndependent: z.boolean(),
    reasons: z.array(z.string()).describe('What the record of accesses says, never only what the validator says'),
  }),
  environment: z.object({
    digest: z.string(),
    sandbox: z.string(),
    os: z.string(),
    arch: z.string(),
    image: z.string().optional(),
    tools: z.array(z.object({ name: z.string(), version: z.string() })),
  }),
});

export const ValidationView = z.object({
  id: z.string(),
  finding: z.string(),
  findingDigest: z.string(),
  title: z.string().describe('The claimed flaw, as the reporter wrote it: text of an outsider'),
  organisation: z.object({ id: z.string(), name: z.string() }).describe('Who was asked'),
  state: z.enum(['asked', 'answered', 'ended', 'withdrawn']),
  askedAt: Instant,
  endsAt: Instant,
  kitDigest: z.string(),
  needsNetwork: z.boolean(),
  can: z.object({ withdraw: z.boolean(), answer: z.boolean() }),
  evidence: z.array(EvidenceView),
});
export const Validations = pageOf(ValidationView);

/** A DSSE envelope (v1.0.2) around an in-toto statement, as `assay validate` writes it. */
export const Envelope = z.object({
  payload: z.string().min(1).max(1_000_000),
  payloadType: z.string().min(1).max(200),
  signatures: z
    .array(z.object({ keyid: z.string().max(200).optional(), sig: z.string().min(1).max(200) }))
    .min(1)
    .max(10),
});

export const EvidenceParams = z.object({ id: Id, evidence: Id });

/** The coordinator records what came of it: that sets the finding's state. */
export const RecordOutcome = z.strictObject({
  state: z.enum(['validated', 'not_reproduced']),
  text: z
    .string()
    .trim()
    .min(1)
    .max(4000)
    .optional()
    .describe('What the reporter may read about it; nothing, when left out'),
});
/** What whoever may read the finding sees of it: the reporter, too. */
export const OutcomeView = z.object({
  finding: z.string(),
  state: z.enum(['validated', 'not_reproduced']).nullable().describe('Null, where nothing was recorded yet'),
  text: z.string().nullable(),
  recordedAt: Instant.nullable(),
});

/** Public keys with which a person's evidence is signed. */
export const RegisterKey = z.strictObject({
  publicKey: z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'is the base64 of an Ed25519 public key (32 bytes)'),
  label: z.string().trim().min(1).max(100),
});
export const ValidatorKeyView = z.object({
  id: z.string(),
  publicKey: z.string(),
  fingerprint: z.string(),
  label: z.string(),
  createdAt: Instant,
  revokedAt: Instant.nullable(),
});
export const ValidatorKeys = z.object({ items: z.array(ValidatorKeyView) });
export const FindingParams = z.object({ id: Id });
