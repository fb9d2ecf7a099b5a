import type { Io } from './io.ts';

/** Longest line that is read, in characters. */
const lengthMax = 1_000_000;

/**
 * Turns each line of standard input into a line of standard output, in order and in bounded memory. Blank lines are left out.
 * `answer` gives the output line; it is also given the line's number, from 1.
 */
export async function mapLines(io: Io, answer: (line: string, number: number) => string): Promise<void> {
  io.stdin.setEncoding('utf8');
  let rest = '';
  let number = 0;
  const flush = async (lines: string[]) => {
    let output = '';
    for (const line of lines) {
      number++;
      const text = line.trim();
      if (text !== '') output += `${answer(text, number)}\n`;
    }
    if (output !== '' && !io.stdout.write(output)) await new Promise((resolve) => io.stdout.once('drain', resolve));
  };
  for await (const chunk of io.stdin) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    // A line without end would fill the memory: it is cut, and what was cut is refused as whatever it then is.
    if (rest.length > lengthMax) rest = rest.slice(0, lengthMax);
    await flush(lines);
  }
  if (rest !== '') await flush([rest]);
}
