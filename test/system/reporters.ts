/** An instance with a coordinating organisation, five reporters, and five reports of one flaw in five people's words (scenario 5). */
import * as members from '../../src/app/directory/members.ts';
import * as findings from '../../src/app/intake/findings.ts';
import * as screen from '../../src/app/intake/screen.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself, type Role } from '../../src/domain/directory/actor.ts';
import type { Report } from '../../src/domain/intake/report.ts';

/** People of one new organisation, one for each set of roles. */
export async function found(
  system: System,
  name: string,
  { isHost = false, roles }: { isHost?: boolean; roles: Role[][] },
): Promise<Actor[]> {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(
      system,
      tx,
      itself,
      { name, isHost, isSample: false },
      roles.map((held, index) => ({ name: `${name} ${index + 1}`, roles: held })),
    ),
  );
  return made.people.map(
    ({ id, organisation, roles: held }): Actor => ({ kind: 'person', id, organisation, roles: held, isHost }),
  );
}

/** Hands in a report and gives its id. */
export async function report(system: System, reporter: Actor, given: Report): Promise<string> {
  return (await findings.submit(system, reporter, { report: given })).id;
}

/** What the instance does by itself soon after: screens and compares what is new. */
export const settle = (system: System): Promise<void> => screen.run(system);

const component = { purl: 'pkg:npm/ferry-parser@4.2.0', ecosystem: 'npm', name: 'ferry-parser', version: '4.2.0' };

/** Five reports of one flaw, each written by itself. */
export const oneFlaw: Report[] = [
  {
    title: 'Prototype pollution in ferry-parser via __proto__ key in parseQuery',
    description:
      'The function parseQuery in lib/query.js of ferry-parser copies every key of the query string into a plain object. A key named __proto__[isAdmin] reaches Object.prototype, so a remote attacker pollutes the prototype of all objects in the process and can become administrator.',
    component,
    places: [{ path: 'lib/query.js', symbol: 'parseQuery', startLine: 88 }],
    weaknesses: ['CWE-1321'],
    severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N'],
    reproduction: "require('ferry-parser').parseQuery('__proto__[isAdmin]=1')",
  },
  {
    title: 'ferry-parser: parseQuery allows prototype pollution through __proto__',
    description:
      'ferry-parser does not guard parseQuery against the key __proto__. With __proto__[isAdmin]=1 in a query string the prototype of all objects is polluted; remote attackers set isAdmin on every object of the process.',
    component: { ...component, version: '4.1.7', purl: 'pkg:npm/ferry-parser@4.1.7' },
    places: [{ path: 'lib/query.js', symbol: 'parseQuery' }],
    weaknesses: ['CWE-1321'],
    severityLevel: 'high',
  },
  {
    title: 'Object.prototype can be polluted with a query string (ferry-parser parseQuery)',
    description:
      'While fuzzing ferry-parser we saw Object.prototype change. The query string __proto__[isAdmin]=1 handed to parseQuery (lib/query.js) writes to the prototype of all objects. Prototype pollution by a remote attacker.',
    component,
    places: [{ path: 'lib/query.js', symbol: 'parseQuery', startLine: 91 }],
    weaknesses: ['CWE-1321'],
    severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N'],
  },
  {
    title: 'Prototype pollution vulnerability in ferry-parser parseQuery()',
    description:
      'parseQuery() of ferry-parser merges keys of the query string without a check for __proto__. A remote attacker sends __proto__[isAdmin]=1 and pollutes Object.prototype, which all objects of the process share.',
    component,
    places: [{ path: 'lib/query.js', symbol: 'parseQuery', startLine: 88, endLine: 97 }],
    weaknesses: ['CWE-1321'],
    patch: "if (key === '__proto__') continue;",
  },
  {
    title: 'parseQuery in ferry-parser pollutes Object.prototype (__proto__ key)',
    description:
      'The key __proto__ in a query string is copied by parseQuery in lib/query.js of ferry-parser, so that a remote attacker pollutes the prototype of all objects: __proto__[isAdmin]=1 makes everybody an administrator.',
    component: { ...component, version: '4.2.0' },
    places: [{ path: 'lib/query.js', symbol: 'parseQuery' }],
    weaknesses: ['CWE-1321'],
    severityLevel: 'critical',
  },
];

/** Flaws that have nothing to do with it, nor with each other. */
export const otherFlaws: Report[] = [
  {
    title: 'Heap buffer overflow in libtide when a TIFF strip is longer than its header says',
    description:
      'tide_read_strip in src/strip.c trusts StripByteCounts and writes past the heap buffer. A crafted TIFF image crashes the viewer and may run code.',
    component: { purl: 'pkg:deb/debian/libtide@1.9.2', ecosystem: 'Debian:12', name: 'libtide', version: '1.9.2' },
    places: [{ path: 'src/strip.c', symbol: 'tide_read_strip' }],
    weaknesses: ['CWE-122'],
    severityLevel: 'critical',
  },
  {
    title: 'Session cookie of harbourmaster is accepted after signing out',
    description:
      'harbourmaster keeps the session in memory when a user signs out. The old cookie opens the console for another day.',
    component: { purl: 'pkg:pypi/harbourmaster@0.8', ecosystem: 'PyPI', name: 'harbourmaster', version: '0.8' },
    places: [{ path: 'harbourmaster/session.py', symbol: 'sign_out' }],
    weaknesses: ['CWE-613'],
    severityLevel: 'medium',
  },
  {
    title: 'SQL injection in the report filter of quayside',
    description:
      'The parameter order_by of the report view of quayside is pasted into a statement. A signed-in clerk reads the table of salaries.',
    component: { purl: 'pkg:composer/acme/quayside@2.0.1', name: 'quayside', version: '2.0.1' },
    weaknesses: ['CWE-89'],
    severityLevel: 'high',
  },
];
