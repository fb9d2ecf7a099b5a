import type { Component, Inventory } from '../domain/advisory/inventory.ts';
import type { Problem } from '../domain/problem.ts';
import * as cyclonedx from './cyclonedx/document.ts';
import * as cyclonedxXml from './cyclonedx/xml.ts';
import { read } from './inventory.ts';
import { JsonSlicer } from './json-stream.ts';
import { Listing, Refused, refuse } from './listing.ts';
import * as spdx from './spdx/document.ts';
import * as spdx3 from './spdx/element.ts';
import * as xml from './xml.ts';

/** What a stream gives besides its components. */
export type StreamAnswer = { inventory: Omit<Inventory, 'components'> } | { problems: Problem[] };

/** Up to this size a file is read whole: then every kind is read, and relationships that mark development use are applied. */
const wholeMax = 8 * 1024 * 1024;

/**
 * Reads an inventory of any size in bounded memory and hands over each component as it is found. Takes the file's bytes in pieces and
 * its name. Beyond 8 MB only what can be streamed is read: CycloneDX in JSON and XML, and SPDX in JSON, all in UTF-8. When the answer
 * is a refusal, components handed over before it must be dropped.
 */
export async function readStream(
  chunks: AsyncIterable<Uint8Array>,
  fileName: string,
  onComponent: (component: Component) => void,
): Promise<StreamAnswer> {
  const held: Uint8Array[] = [];
  let size = 0;
  let stream: Streaming | undefined;
  try {
    for await (const chunk of chunks) {
      if (stream !== undefined) {
        stream.write(chunk);
        continue;
      }
      held.push(chunk);
      size += chunk.length;
      if (size <= wholeMax) continue;
      stream = streaming(held, onComponent);
      for (const each of held.splice(0)) stream.write(each);
    }
    if (stream !== undefined) return { inventory: stream.end() };
  } catch (error) {
    return { problems: refuse(error) };
  }
  const answer = read(join(held, size), fileName);
  if ('problems' in answer) return answer;
  const { components, ...inventory } = answer.inventory;
  for (const component of components) onComponent(component);
  return { inventory };
}

interface Streaming {
  write(chunk: Uint8Array): void;
  end(): Omit<Inventory, 'components'>;
}

function streaming(held: readonly Uint8Array[], onComponent: (component: Component) => void): Streaming {
  const head = new TextDecoder().decode((held[0] ?? new Uint8Array()).subarray(0, 65_536));
  const listing = new Listing('', onComponent);
  const first = /[^\s\uFEFF]/.exec(head)?.[0];
  if (first === '{') return streamJson(listing);
  if (first === '<' && xml.startsLike(head, /^bom$/)) return streamXml(listing);
  throw new Refused(
    '',
    `Files over ${wholeMax / 1024 / 1024} MB are read as CycloneDX or SPDX in UTF-8 only; this is neither.`,
  );
}

function streamXml(listing: Listing): Streaming {
  const reader = cyclonedxXml.stream(listing);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new Refused('', 'The file is not text in UTF-8. Save it as UTF-8.');
    }
  };
  return {
    write: (chunk) => reader.write(decode(chunk)),
    end() {
      reader.write(decode());
      reader.close();
      return withoutComponents(listing);
    },
  };
}

function streamJson(listing: Listing): Streaming {
  const head: Record<string, unknown> = Object.create(null);
  const graph = new spdx3.GraphReader(listing);
  const slicer = new JsonSlicer({
    wants(key) {
      if (cyclonedx.elements.has(key) || spdx.elements.has(key) || key === '@graph') return 'elements';
      return cyclonedx.headKeys.has(key) || spdx.headKeys.has(key) || key === '@context' ? 'value' : 'skip';
    },
    onValue(key, value) {
      if (cyclonedx.elements.has(key) || spdx.elements.has(key) || key === '@graph') {
        throw new Refused(key, `"${key}" is not an array.`);
      }
      head[key] = value;
    },
    onElement(key, index, value) {
      const path = `${key}[${index}]`;
      if (key === '@graph') graph.add(value, path);
      else (cyclonedx.elements.get(key) ?? spdx.elements.get(key))?.(value, path, listing);
    },
  });
  return {
    write: (chunk) => slicer.write(chunk),
    end() {
      slicer.end();
      if (cyclonedx.isOne(head)) {
        cyclonedx.readHead(head, listing);
        // The head may come after the statements that take their time from it.
        if (listing.created !== undefined) for (const said of listing.vex) said.at ??= listing.created;
      } else if (spdx.isOne(head)) spdx.readHead(head, listing);
      else if (spdx3.isOne(head)) {
        listing.format = 'SPDX 3.0 JSON-LD';
        graph.end();
      } else
        throw new Refused('', 'This JSON is no CycloneDX or SPDX document, and too large to be read as anything else.');
      return withoutComponents(listing);
    },
  };
}

function withoutComponents(listing: Listing): Omit<Inventory, 'components'> {
  const { components: _, ...inventory } = listing.inventory([]);
  return inventory;
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
