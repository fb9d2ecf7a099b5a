import { z } from 'zod';
import { limits, type Report as ReportOf } from '../../domain/intake/report.ts';
import { isPurl, isStorable, isVector, notPurl, notStorable, notVector } from '../../formats/finding/report.ts';

const text = (lengthMax: number, lengthMin = 0) =>
  z.string().min(lengthMin).max(lengthMax).refine(isStorable, notStorable);
const Text = text(limits.textLengthMax);
const Name = text(limits.nameLengthMax, 1);
const Vector = text(300, 1);
const Line = z.int().min(1).max(100_000_000);

const componentFields = {
  purl: Name.refine(isPurl, notPurl).optional().describe('Package URL, with or without a version'),
  ecosystem: Name.optional().describe('OSV ecosystem of "name", such as npm or Debian:12'),
  name: Name.optional(),
  version: Name.optional().describe('The version that was examined'),
  affected: text(2000).optional().describe('Affected versions as a vers range'),
  fixed: z.array(Name).max(limits.fixedMax).optional(),
};

export const Component = z
  .strictObject(componentFields)
  .refine((component) => component.purl !== undefined || component.name !== undefined, {
    message: 'Name the component: give "purl" or "name".',
  });

const fields = {
  key: text(limits.keyLengthMax, 1).optional().describe('Your own name of it; sent again it gives the same receipt'),
  title: text(limits.titleLengthMax, 1),
  description: Text.optional(),
  component: Component,
  places: z
    .array(
      z.strictObject({
        path: Name.optional(),
        symbol: Name.optional(),
        startLine: Line.optional(),
        endLine: Line.optional(),
      }),
    )
    .max(limits.placesMax)
    .optional(),
  aliases: z.array(text(100, 1)).max(limits.aliasesMax).optional(),
  weaknesses: z
    .array(z.string().regex(/^CWE-\d{1,5}$/, 'is a CWE identifier, such as CWE-79'))
    .max(limits.weaknessesMax)
    .optional(),
  severity: z
    .array(Vector.refine(isVector, { error: ({ input }) => notVector(String(input)) }))
    .max(5)
    .optional()
    .describe('CVSS vectors'),
  severityLevel: z.enum(['critical', 'high', 'medium', 'low', 'none']).optional(),
  stack: text(limits.stackLengthMax).optional().describe('Stack trace or sanitizer report, as printed'),
  reproduction: Text.optional().describe('Steps, inputs, code. Kept apart and shown only when asked for'),
  impact: Text.optional(),
  patch: Text.optional(),
  references: z.array(text(limits.referenceLengthMax, 1)).max(limits.referencesMax).optional(),
  provenance: z
    .strictObject({
      tool: Name.optional(),
      toolVersion: Name.optional(),
      rule: Name.optional(),
      agent: Name.optional(),
      model: Name.optional(),
      harness: Name.optional(),
      promptDigest: z
        .string()
        .regex(/^sha256:[0-9a-f]{64}$/, 'is sha256: and 64 hexadecimal digits')
        .optional(),
    })
    .optional(),
  foundAt: z.iso.datetime().optional(),
};

/** `domain/intake/report.ts` as it is sent. Unknown fields are refused, so that nothing a reporter says is lost unseen. */
export const Report: z.ZodType<ReportOf> = z.strictObject(fields);

const { reproduction: _, ...shown } = fields;

/**
 * A report as it is shown: without its reproduction, which is asked for by itself (I12). What was kept is shown as it was taken, whatever
 * would be refused today.
 */
export const ShownReport = z.object({
  ...shown,
  component: z.object({ ...componentFields, purl: Name.optional() }),
  severity: z.array(Vector).optional(),
});
