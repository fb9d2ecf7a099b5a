import regularUrl from '@uswds/uswds/fonts/public-sans/PublicSans-Regular.ttf?url';
import boldUrl from '@uswds/uswds/fonts/public-sans/PublicSans-SemiBold.ttf?url';
import pdfMake from 'pdfmake/build/pdfmake.js';
import type { PatchItem, PatchList } from '../../domain/advisory/patch-list.ts';
import { actionOf, strongestOf } from '../../domain/advisory/patch-rows.ts';
import { builtIn } from '../../domain/advisory/priority/built-in.ts';
import { shortDay, today } from '../parts/dates.ts';
import { counted } from '../parts/numbers.ts';
import { isSettled } from './Filters.tsx';
import { coverageWords } from './headline.ts';
import { keyOf, type ShownMark } from './PatchRow.tsx';

const markNames = { planned: 'planned', done: 'done', not_affected: 'not affected' } as const;

type Margin = [number, number, number, number];

const lines = {
  hLineWidth: (line: number) => (line === 0 ? 0 : 0.5),
  vLineWidth: () => 0,
  hLineColor: () => '#b9c4c0',
  paddingLeft: () => 0,
  paddingRight: () => 8,
  paddingTop: () => 2.5,
  paddingBottom: () => 2.5,
};

function dueOf({ due }: PatchItem) {
  if (due !== undefined && due < today()) return { text: `overdue since ${shortDay(due)}`, bold: true };
  return { text: due ? shortDay(due) : 'next upgrade' };
}

const planned = (mark: ShownMark | undefined) => (mark?.state === 'planned' ? '(planned)' : '');

/** Of the item's vulnerabilities, the strongest of each; empty where no source says anything. */
function known(item: PatchItem): string {
  const { isKev, epss } = strongestOf(item);
  return [isKev ? 'KEV' : '', epss === undefined ? '' : `EPSS ${(epss * 100).toFixed(1)}%`].filter(Boolean).join(', ');
}

async function font(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/**
 * The list as a PDF with its fonts inside, for a meeting or a file: first one table of what is to do, the same items as on
 * the page, then each item with its advisories. Text of others is set as text; nothing is a link.
 */
export async function pdfOf(
  name: string,
  title: string,
  list: PatchList,
  marks: Record<string, ShownMark>,
): Promise<Blob> {
  const [regular, bold] = await Promise.all([font(regularUrl), font(boldUrl)]);
  pdfMake.addVirtualFileSystem({ 'regular.ttf': { data: regular }, 'bold.ttf': { data: bold } });
  pdfMake.addFonts({
    PublicSans: { normal: 'regular.ttf', bold: 'bold.ttf', italics: 'regular.ttf', bolditalics: 'bold.ttf' },
  });
  const soft = '#495653';
  const heads = (...texts: string[]) => texts.map((text) => ({ text, bold: true, color: soft }));
  const todo = list.items.filter((item) => !isSettled(marks[keyOf(item)]));
  const policy = builtIn(list.policy.name)?.title ?? list.policy.name;
  const missing = list.notChecked.length;
  const unclear = list.undetermined.length;
  const document = pdfMake.createPdf({
    info: { title: `${name}: patch list`, creator: 'Assay' },
    pageSize: 'A4',
    pageMargins: [48, 48, 48, 56],
    defaultStyle: { font: 'PublicSans', fontSize: 9, lineHeight: 1.25, color: '#17211f' },
    footer: (page: number, pages: number) => ({
      text: `${name} · as of ${shortDay(list.asOf)} · page ${page} of ${pages}`,
      margin: [48, 16, 48, 0],
      fontSize: 8,
      color: soft,
    }),
    content: [
      { text: title, fontSize: 17, bold: true, margin: [0, 0, 0, 6], lineHeight: 1.1 },
      {
        text: [
          `${name}, as of ${shortDay(list.asOf)}. Policy: ${policy} ${list.policy.version}; days count from the first listing. `,
          `${counted(todo.length, 'item')} to do in all. ${coverageWords(list)}. `,
          missing > 0 ? `Not looked up, for want of advisories or identity: ${counted(missing, 'component')}. ` : '',
          unclear > 0 ? `Not to be told without a look: ${counted(unclear, 'package')}. ` : '',
          'What sources say, with no judgement beyond the policy’s.',
        ],
        color: soft,
        margin: [0, 0, 0, 10],
      },
      {
        layout: lines,
        fontSize: 8,
        lineHeight: 1.1,
        table: {
          headerRows: 1,
          widths: [58, '*', 34, 78, 92],
          dontBreakRows: true,
          body: [
            heads('Due', 'What to do', 'Closes', 'KEV, EPSS', 'Decision'),
            ...todo.map((item) => [
              dueOf(item),
              [actionOf(item), planned(marks[keyOf(item)])].filter(Boolean).join(' '),
              item.remedy === 'upgrade' ? `${item.closes} of ${item.advisories.length}` : '',
              known(item),
              item.decision,
            ]),
          ],
        },
      },
      ...(list.items.length > 0
        ? [{ text: 'Details', fontSize: 13, bold: true, margin: [0, 0, 0, 6] as Margin, pageBreak: 'before' as const }]
        : []),
      ...list.items.map((item) => {
        const mark = marks[keyOf(item)];
        return {
          layout: { ...lines, paddingTop: () => 1, paddingBottom: () => 1 },
          fontSize: 7.5,
          lineHeight: 1.1,
          margin: [0, 0, 0, 8] as Margin,
          table: {
            // The head stands again wherever a page breaks the item.
            headerRows: 1,
            keepWithHeaderRows: 1,
            dontBreakRows: true,
            widths: [92, '*'],
            body: [
              [dueOf(item), { text: `${actionOf(item)} · ${item.decision}`, bold: true }],
              ...(mark ? [['Marked', `${markNames[mark.state]}${mark.reason ? `. ${mark.reason}` : ''}`]] : []),
              ['Why', item.reasons.join(' ')],
              ...item.advisories.map((advisory) => [
                { text: advisory.id, bold: true },
                advisory.summary.slice(0, 90) || 'No summary.',
              ]),
            ],
          },
        };
      }),
    ],
  });
  return document.getBlob();
}
