/**
 * Which Node.js releases have a fix for CVE-2026-111497 (Brotli decoder, remote code execution), first release of each
 * line that has. Node 20 ended on 30 April 2026 without one. We never decode Brotli, so this is a second wall that is missing.
 */
const fixedFrom: Record<number, [minor: number, patch: number]> = { 22: [23, 4], 24: [22, 1], 26: [12, 1] };

/** What to tell the operator about a Node.js version such as `20.20.2`; nothing when it is fine. */
export function warning(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const fixed = fixedFrom[major];
  if (major > 26 || (fixed !== undefined && (minor > fixed[0] || (minor === fixed[0] && patch >= fixed[1]))))
    return undefined;
  return (
    `Node.js ${version} has known security faults that are not fixed (CVE-2026-111497). Fine for looking around; ` +
    'for anything lasting use Node.js 22.23.4, 24.22.1 or later.'
  );
}
