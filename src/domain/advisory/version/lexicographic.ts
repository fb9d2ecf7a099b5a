/**
 * By the bytes of UTF-8, which is the order of code points. Strings compare by UTF-16 units, where surrogates stand below
 * U+E000: they change places.
 */
export function key(version: string): string {
  if (!/[\ud800-\uffff]/.test(version)) return version;
  let key = '';
  for (let index = 0; index < version.length; index++) {
    const unit = version.charCodeAt(index);
    key += unit < 0xd800 ? version[index] : String.fromCharCode(unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
  }
  return key;
}

export function isValid(version: string): boolean {
  return version !== '';
}
