/** A stack trace in the form in which two runs of one crash are equal: what went wrong, and the functions on the way, without addresses, lines and builds. */

export interface Stack {
  /** What a sanitizer, a runtime or a kernel calls it: `heap-buffer-overflow`, `nullpointerexception`. Empty when it does not say. */
  kind: string;
  /** Functions, the innermost first, without those of the allocator, the sanitizer and the runtime. At most eight. */
  frames: string[];
}

const lengthMax = 32 * 1024;
const lineLengthMax = 400;
const framesMax = 8;

/** AddressSanitizer and its kin (`ERROR: AddressSanitizer: heap-use-after-free on address`), KASAN (`BUG: KASAN: slab-out-of-bounds in f`). */
const sanitizer = /(?:Sanitizer|KASAN|KMSAN|KCSAN|UBSAN):\s{0,4}([a-zA-Z][a-zA-Z-]{2,40})/;
/** Java and Python name the exception at the head of a line: `java.lang.NullPointerException: ...`, `ValueError: ...`. */
const exception = /^(?:Exception in thread "[^"]{0,60}" )?(?:[\w$]{1,60}\.){0,8}(\w{1,60}(?:Exception|Error))\b/;
const panic = /^(?:thread '[^']{0,60}' )?(?:panicked at|panic:)/;

const frameForms: RegExp[] = [
  // AddressSanitizer, gdb: `#3 0x55d0 in png_read_row /src/libpng/pngread.c:12:3`, `#3  0x55d0 in f (a=1) at x.c:1`.
  /^#\d{1,4}\s{1,4}(?:0x[0-9a-fA-F]{1,16} in )?([^\s(]{1,200})/,
  // Python: `File "app/views.py", line 3, in handle`.
  /^File "[^"]{1,300}", line \d{1,9}, in (\S{1,200})/,
  // Java and JavaScript: `at org.example.Parser.read(Parser.java:12)`, `at parse (/app/index.js:1:2)`.
  /^at (?:async |new )?([^\s(]{1,200})\s?\(/,
  // Go: `example.com/mod/pkg.(*Reader).Read(0xc000...)`; Rust: `3: crate::module::function`.
  /^([\w./-]{1,150}\.(?:\(\*?\w{1,60}\)\.)?\w{1,60})\((?:0x|\.\.\.|\{|\))/,
  /^\d{1,4}: (?:0x[0-9a-f]{1,16} - )?([\w:<>]{1,200})$/,
  // Linux: `ext4_xattr_set+0x12/0x30`.
  /^\??\s?([\w.]{1,120})\+0x[0-9a-f]{1,8}\/0x/,
];

/** Frames that every crash of a kind shares. */
const plumbing =
  /^(?:__asan|__interceptor|__sanitizer|_?_?libc_|__GI_|raise$|abort$|malloc$|free$|calloc$|realloc$|mem(?:cpy|move|set|cmp)$|str(?:len|cpy|cmp|dup)$|operator (?:new|delete)|_start$|main$|LLVMFuzzer|fuzzer::|std::|core::|rust_|runtime\.|java\.|jdk\.|sun\.|node:|dump_stack|print_|kasan_|__kasan|entry_SYSCALL|do_syscall|<module>$)/i;

export function stackOf(text: string): Stack | undefined {
  let kind = '';
  const frames: string[] = [];
  let start = 0;
  const end = Math.min(text.length, lengthMax);
  while (start < end && frames.length < framesMax) {
    let stop = text.indexOf('\n', start);
    if (stop < 0 || stop > end) stop = end;
    const line = text.slice(start, Math.min(stop, start + lineLengthMax)).trim();
    start = stop + 1;
    if (line === '') continue;
    if (kind === '') {
      kind = (
        sanitizer.exec(line)?.[1] ??
        exception.exec(line)?.[1] ??
        (panic.test(line) ? 'panic' : '')
      ).toLowerCase();
    }
    for (const form of frameForms) {
      const name = form.exec(line)?.[1];
      if (name === undefined) continue;
      const frame = functionOf(name);
      if (frame !== '' && !plumbing.test(frame) && frames.at(-1) !== frame) frames.push(frame);
      break;
    }
  }
  return frames.length === 0 && kind === '' ? undefined : { kind, frames };
}

/** Without template arguments, build suffixes (`.isra.0`, `.part.3`, `::h1a2b...`) and addresses. */
function functionOf(name: string): string {
  return name
    .replace(/^0x[0-9a-fA-F]+$/, '')
    .replace(/<[^<>]{0,150}>/g, '')
    .replace(/(?:\.(?:isra|part|constprop|cold|llvm)(?:\.\d{1,20})?)+$/, '')
    .replace(/::h[0-9a-f]{16}$/, '')
    .replace(/\$\d{1,6}$/, '')
    .slice(0, 120);
}
