import regularUrl from '@uswds/uswds/fonts/public-sans/PublicSans-Regular.ttf?url';
import boldUrl from '@uswds/uswds/fonts/public-sans/PublicSans-SemiBold.ttf?url';
import pdfMake from 'pdfmake/build/pdfmake.js';
import type { Mark } from '../../domain/advisory/mark.ts';
import type { PatchList } from '../../domain/advisory/patch-list.ts';
import { shortDay, today } from '../parts/dates.ts';
import { counted } from '../parts/numbers.ts';
import { keyOf, titleOf } from './PatchRow.tsx';

const markNames = { planned: 'planned', done: 'done', not_affected: 'not affected' } as const;

async function font(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/** The list as a PDF with its fonts inside, for a meeting or a file. Text of others is set as text; nothing is a link. */
export async function pdfOf(name: string, title: string, list: PatchList, marks: Record<string, Mark>): Promise<Blob> {
  const [regular, bold] = await Promise.all([font(regularUrl), font(boldUrl)]);
  pdfMake.addVirtualFileSystem({ 'regular.ttf': { data: regular }, 'bold.ttf': { data: bold } });
  pdfMake.addFonts({
    PublicSans: { normal: 'regular.ttf', bold: 'bold.ttf', italics: 'regular.ttf', bolditalics: 'bold.ttf' },
  });
  const soft = '#495653';
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
        text: `${name}. ${counted(list.items.length, 'item')} under ${list.policy.name} ${list.policy.version}, as of ${shortDay(list.asOf)}; days count from the first listing. What sources say, with their dates; no judgement beyond the policy's.`,
        color: soft,
        margin: [0, 0, 0, 14],
      },
      {
        layout: {
          hLineWidth: (line: number) => (line === 0 ? 0 : 0.5),
          vLineWidth: () => 0,
          hLineColor: () => '#b9c4c0',
          paddingLeft: () => 0,
          paddingRight: () => 10,
          paddingTop: () => 5,
          paddingBottom: () => 5,
        },
        table: {
          headerRows: 1,
          widths: [62, 150, 70, '*'],
          dontBreakRows: false,
          body: [
            ['Due', 'What to do', 'Decision', 'Closes'].map((text) => ({ text, bold: true, color: soft })),
            ...list.items.map((item) => {
              const mark = marks[keyOf(item)];
              return [
                item.due !== undefined && item.due < today()
                  ? { text: `overdue since ${shortDay(item.due)}`, bold: true }
                  : { text: item.due ? shortDay(item.due) : 'next upgrade' },
                {
                  stack: [
                    { text: titleOf(item), bold: true },
                    ...(mark
                      ? [
                          {
                            text: `Marked: ${markNames[mark.state]}${mark.reason ? `. ${mark.reason}` : ''}`,
                            color: soft,
                          },
                        ]
                      : []),
                  ],
                },
                { text: item.decision },
                {
                  stack: item.advisories.map((advisory) => ({
                    text: [
                      { text: advisory.id, bold: true },
                      advisory.summary ? ` ${advisory.summary.slice(0, 160)}` : '',
                    ],
                    margin: [0, 0, 0, 2],
                  })),
                },
              ];
            }),
          ],
        },
      },
    ],
  });
  return document.getBlob();
}
