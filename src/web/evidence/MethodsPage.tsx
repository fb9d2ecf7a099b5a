import type { ReactNode } from 'react';
import text from '../../../docs/methods.md?raw';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { EvidenceNav } from './EvidenceNav.tsx';

/** The page of methods that the project keeps, so that every number's method can be read where the number stands. */
export function MethodsPage() {
  const [heading = '', ...blocks] = text.trim().split(/\n{2,}/);
  return (
    <div className="stack-wide">
      <EvidenceNav />
      <PageHeading>{heading.replace(/^# /, '')}</PageHeading>
      {blocks.map((block) => (
        <Block key={block} block={block} />
      ))}
    </div>
  );
}

/** A part between empty lines: a heading, a table, a list or a paragraph. */
function Block({ block }: { block: string }) {
  if (block.startsWith('## ')) return <h2>{inline(block.slice(3))}</h2>;
  if (block.startsWith('|')) return <Table lines={block.split('\n')} />;
  if (block.startsWith('- '))
    return (
      <ul className="plain-bullets">
        {block.split(/\n(?=- )/).map((item) => (
          <li key={item}>{inline(item.slice(2))}</li>
        ))}
      </ul>
    );
  return <p>{inline(block)}</p>;
}

function Table({ lines }: { lines: string[] }) {
  const [header = [], , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return (
    <ScrollArea label="Table of methods" className="table-wide card">
      <table className="usa-table methods-table">
        <thead>
          <tr>
            {header.map((cell) => (
              <th key={cell} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([id = '', ...cells]) => (
            <tr key={id} id={id}>
              <th scope="row">{id}</th>
              {cells.map((cell, index) => (
                <td key={header[index + 1]}>{inline(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** Code and strong words within a line. */
function inline(line: string): ReactNode[] {
  return line.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, index) => {
    const key = `${index} ${part}`;
    if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>;
    if (part.startsWith('**')) return <strong key={key}>{part.slice(2, -2)}</strong>;
    return part;
  });
}
