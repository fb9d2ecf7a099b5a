/** Markup that a machine reader takes for its own, or that shows a person something else than it says. */
import type { Hit } from './hidden.ts';
import type { FieldText } from './texts.ts';

interface MarkupRule {
  rule: string;
  why: string;
  pattern: RegExp;
  /** Kinds of text in which it is a hit. Inputs and changes hold markup by rights. */
  kinds: FieldText['kind'][];
  /** False where it is none between back quotes: what is quoted as code is shown as it stands. */
  inCode?: false;
  isHit?: (match: RegExpMatchArray) => boolean;
}

const everywhere: FieldText['kind'][] = ['prose', 'code', 'name'];
const shown: FieldText['kind'][] = ['prose', 'name'];

/** Hosts whose images come from where reports are written. */
const imageHosts = /^https?:\/\/(?:[\w-]{1,60}\.)?(?:githubusercontent\.com|github\.com|gitlab\.com|shields\.io)\//i;
const carriesData =
  /[?&][\w.-]{0,40}=(?:$|&|\{|\$|<|\[|%7b|%5b|%3c|(?:your|the|insert|secret|data|system|prompt|token|base64)\b)|\/(?:\{|%7b|\$\{)|[?&](?:data|secret|exfil|leak|prompt|context|history|conversation|memory|payload|stolen|q|d|content|text|info|summary)=/i;
const words = (text: string) => text.match(/\p{L}{2,}/gu)?.length ?? 0;

const rules: MarkupRule[] = [
  {
    rule: 'role_tag',
    why: 'A tag that chat models take for a change of speaker.',
    pattern:
      /<\|\s?\/?[a-z][a-z_]{2,30}\s?\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:start|end)_of_turn>|<\/?(?:system|assistant|developer|user|human)[_-](?:prompt|message|instructions?|reminder|turn)>|<\|?(?:begin|end)[_▁]of[_▁](?:text|sentence)\|?>/gi,
    kinds: everywhere,
  },
  {
    rule: 'role_tag',
    why: 'A line that chat models take for a change of speaker.',
    pattern:
      /(?<=^|\n)[ \t]{0,8}(?:(?:Human|[Aa]ssistant|SYSTEM(?: (?:PROMPT|NOTE|OVERRIDE|UPDATE|MESSAGE|INSTRUCTION)S?)?|\[SYSTEM\]|System (?:prompt|note|message|override))\s?:|#{2,4} ?(?:System|Assistant|Human|System prompt|Instruction):|<\/?(?:system|assistant)>)/g,
    kinds: shown,
  },
  {
    rule: 'role_tag',
    why: 'A message in the form in which chat models are called.',
    pattern: /["']role["']\s{0,4}:\s{0,4}["'](?:system|assistant|developer|tool)["']/g,
    kinds: shown,
    inCode: false,
  },
  {
    rule: 'tool_call',
    why: 'The form in which a machine reader calls a tool.',
    pattern:
      /<\/?(?:[a-z]{1,12}:)?(?:function_calls?|function_results?|tool_calls?|tool_code|tool_use|tool_result|tool_response|tool_output|invoke name=|parameter name=|function=)|["'](?:tool_calls|function_call|tool_use|recipient_name)["']\s{0,4}:|["']type["']\s{0,4}:\s{0,4}["'](?:tool_use|tool_result|function_call)["']|\[TOOL_CALLS?\]|\bfunctions\.[a-z_]{2,40}\(\{/g,
    kinds: everywhere,
  },
  {
    rule: 'hidden_markup',
    why: 'A comment that is not shown where the text is rendered.',
    pattern: /(?<=^|\n)[ \t]{0,8}\[(?:\/\/|comment|hidden|_)\]:[ \t]{0,4}[#<(][^\n]{0,400}/gi,
    kinds: shown,
    inCode: false,
  },
  {
    rule: 'hidden_markup',
    why: 'Markup that hides its text where it is rendered.',
    pattern:
      /<[a-z][a-z0-9]{0,12}\s[^<>]{0,200}?(?:display\s?:\s?none|visibility\s?:\s?hidden|font-size\s?:\s?[01](?:px|pt|em)?\b|opacity\s?:\s?0(?![.\d])|color\s?:\s?(?:white|transparent|#fff(?:fff)?)\b|aria-hidden=["']?true)[^<>]{0,200}>/gi,
    kinds: shown,
    inCode: false,
  },
  {
    rule: 'image_sends_data',
    why: 'An image address that would carry data out when the text is rendered.',
    pattern:
      /!\[[^\]\n]{0,100}\]\(\s?<?(https?:\/\/[^)\s>]{1,1500})|<img\s[^<>]{0,100}?src\s?=\s?["']?(https?:\/\/[^"'\s>]{1,1500})/gi,
    kinds: shown,
    inCode: false,
    isHit: (match) => {
      const address = match[1] ?? match[2] ?? '';
      return !imageHosts.test(address) && carriesData.test(address);
    },
  },
  {
    rule: 'data_address',
    why: 'An address that holds its own document, which could run where it is opened.',
    pattern:
      /\bdata:(?:text\/(?:html|javascript|xml)|image\/svg\+xml|application\/(?:x-)?(?:javascript|ecmascript|xhtml\+xml|xml|pdf|octet-stream))[a-z0-9;=+-]{0,60},[^\s"'<>)\]]{8,}/gi,
    kinds: shown,
    inCode: false,
  },
  {
    rule: 'data_address',
    why: 'An address that runs when it is opened.',
    pattern: /^\s{0,20}(?:javascript|vbscript|data):/gi,
    kinds: ['name'],
  },
];

export function* hiddenMarkup({ text, kind }: FieldText): Generator<Hit> {
  // All of the rules need one of these.
  if (!/[<[#:"']/.test(text)) return;
  const code = kind === 'code' ? undefined : codeOf(text);
  for (const { rule, why, pattern, kinds, inCode, isHit } of rules) {
    if (!kinds.includes(kind)) continue;
    for (const match of text.matchAll(pattern)) {
      if (isHit?.(match) === false || (inCode === false && code?.(match.index) === true)) continue;
      yield { rule, start: match.index, end: match.index + match[0].length, why };
    }
  }
  if (code !== undefined) yield* comments(text, code);
}

/** HTML comments that say something: a sentence in them is read by a machine and not shown to a person. */
function* comments(text: string, isCode: (at: number) => boolean): Generator<Hit> {
  let start = text.indexOf('<!--');
  while (start !== -1) {
    const close = text.indexOf('-->', start + 4);
    const end = close === -1 ? text.length : close + 3;
    // One without an end hides all that follows only where it starts a line (CommonMark 0.31, section 4.6).
    const hides = close !== -1 || start === 0 || text[start - 1] === '\n';
    if (hides && !isCode(start) && words(text.slice(start + 4, close === -1 ? end : close)) >= 4) {
      yield { rule: 'hidden_markup', start, end, why: 'A comment that is not shown where the text is rendered.' };
    }
    start = close === -1 ? -1 : text.indexOf('<!--', end);
  }
}

/** Whether a place stands in a fenced block or between back quotes of one line. */
function codeOf(text: string): (at: number) => boolean {
  if (!text.includes('`')) return () => false;
  const spans: [start: number, end: number][] = [];
  let fence: number | undefined;
  let at = 0;
  for (const line of text.split('\n')) {
    if (/^\s{0,3}```/.test(line)) {
      if (fence === undefined) fence = at;
      else {
        spans.push([fence, at]);
        fence = undefined;
      }
    } else if (fence === undefined && line.includes('`')) {
      for (const match of line.matchAll(/`[^`]+`/g)) spans.push([at + match.index, at + match.index + match[0].length]);
    }
    at += line.length + 1;
  }
  if (fence !== undefined) spans.push([fence, text.length]);
  return (place) => {
    let low = 0;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spans[middle]![1] <= place) low = middle + 1;
      else high = middle;
    }
    return low < spans.length && spans[low]![0] <= place;
  };
}
