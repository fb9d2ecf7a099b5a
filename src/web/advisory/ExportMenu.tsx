import { useRef, useState } from 'react';
import type { PatchItem, PatchList } from '../../domain/advisory/patch-list.ts';
import { actionOf, patchColumns, patchRow } from '../../domain/advisory/patch-rows.ts';
import * as csv from '../../formats/csv/document.ts';
import * as vex from '../../formats/cyclonedx/vex.ts';
import * as icalendar from '../../formats/icalendar/document.ts';
import { today } from '../parts/dates.ts';
import { save } from '../parts/save.ts';
import { announce } from '../shell/announce.ts';
import { keyOf, type ShownMark } from './PatchRow.tsx';

const isOverdue = ({ due }: PatchItem) => due !== undefined && due < today();

/** The list as files, all of them made on this page. */
export function ExportMenu(props: {
  name: string;
  heading: string;
  list: PatchList;
  marks: Record<string, ShownMark>;
}) {
  const { name, heading, list, marks } = props;
  const menu = useRef<HTMLDetailsElement>(null);
  const [failure, setFailure] = useState<string>();
  const fileName = `${name.replace(/[^\p{L}\p{N}.-]+/gu, '-').slice(0, 60)}-${list.asOf}`;

  const make = async (what: string, write: () => void | Promise<void>) => {
    setFailure(undefined);
    try {
      await write();
      announce(`${what} saved.`);
    } catch (error) {
      setFailure(`${what} could not be made: ${(error as Error).message}`);
    }
    if (menu.current) menu.current.open = false;
  };

  const saveCsv = () => {
    const rows = list.items.map((item) => {
      const mark = marks[keyOf(item)];
      return [...patchRow(item), mark?.state, mark?.reason];
    });
    save(csv.write([...patchColumns, 'mark', 'reason of the mark'], rows), `${fileName}.csv`, 'text/csv');
  };
  const saveCalendar = () => {
    const dues = list.items.flatMap((item) =>
      item.due === undefined || ['done', 'not_affected'].includes(marks[keyOf(item)]?.state ?? '')
        ? []
        : [
            {
              uid: icalendar.uidOf(name, item.purl),
              // What lies in the past is seen by nobody: it stands on today.
              day: isOverdue(item) ? today() : item.due,
              summary: `${isOverdue(item) ? `Overdue since ${item.due}: ` : ''}${actionOf(item)}`,
              description: item.reasons.join('\n'),
            },
          ],
    );
    save(icalendar.write(`Patch list: ${name}`, dues, new Date().toISOString()), `${fileName}.ics`, 'text/calendar');
  };
  const saveVex = () => {
    const statements = list.items.flatMap((item) => {
      const mark = marks[keyOf(item)];
      const { purl, version } = item;
      const vulnerabilities = item.advisories.map(({ id, aliases }) => [id, ...aliases]);
      return mark === undefined ? [] : [{ mark, purl, name: item.name, version, vulnerabilities }];
    });
    const at = new Date().toISOString();
    const text = vex.write({ serial: `urn:uuid:${crypto.randomUUID()}`, at, subject: { name }, statements });
    save(text, `${fileName}.vex.cdx.json`, 'application/vnd.cyclonedx+json');
  };
  const savePdf = async () => {
    const { pdfOf } = await import('./pdf.ts');
    save(await pdfOf(name, heading, list, marks), `${fileName}.pdf`, 'application/pdf');
  };
  const markCount = list.items.filter((item) => marks[keyOf(item)]).length;

  return (
    <div>
      <details
        className="menu"
        ref={menu}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && menu.current?.open) {
            menu.current.open = false;
            menu.current.querySelector('summary')?.focus();
          }
        }}
      >
        <summary className="usa-button usa-button--outline">Export</summary>
        <div>
          <button type="button" className="menu-item" onClick={() => make('CSV', saveCsv)}>
            CSV <span>for a spreadsheet</span>
          </button>
          <button type="button" className="menu-item" onClick={() => make('PDF', savePdf)}>
            PDF <span>for a meeting or a file</span>
          </button>
          <button type="button" className="menu-item" onClick={() => make('Calendar', saveCalendar)}>
            iCalendar <span>due dates of what is to do</span>
          </button>
          <button type="button" className="menu-item" onClick={() => make('VEX', saveVex)} disabled={markCount === 0}>
            CycloneDX VEX <span>{markCount === 0 ? 'once something is marked' : 'what you marked, with reasons'}</span>
          </button>
          <button type="button" className="menu-item" onClick={() => print()}>
            Print <span>this page</span>
          </button>
        </div>
      </details>
      {failure && (
        <p className="usa-error-message" role="alert">
          {failure}
        </p>
      )}
    </div>
  );
}
