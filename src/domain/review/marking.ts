/**
 * Texts that look as if they carried a classification or control marking. This side is open, so such a text is refused before it is
 * kept. What is looked for: banner lines, portion marks and authority blocks of EO 13526 (32 CFR 2001.20-2001.26) and CUI banners
 * (32 CFR 2002.20). It reads markings, not meaning: a text without a marking may still be classified (see spillage in
 * docs/early-access.md).
 */

import { Refusal } from '../refusal.ts';

/** Levels and controls that open a portion mark or a banner. */
const level = '(?:TOP SECRET|SECRET|CONFIDENTIAL|TS|S|C|U|CUI|CONTROLLED|UNCLASSIFIED)';
const patterns: readonly RegExp[] = [
  // Nobody writes these by chance, in any case of letters.
  /\btop[ -]secret\b/i,
  /\bclassified by\s*:/i,
  /\bderived from\s*:/i,
  /\bdeclassify on\s*:/i,
  /\bclassification authority\b/i,
  /\bcontrolled unclassified information\b/i,
  // Words that are markings only in capitals.
  /\b(?:NOFORN|ORCON|PROPIN|IMCON|RELIDO|EYES ONLY|FOUO|CNWDI|SAMI|FVEY)\b/,
  /\bREL TO [A-Z]{3}\b/,
  /\b(?:RESTRICTED DATA|FORMERLY RESTRICTED DATA|TALENT KEYHOLE|SPECIAL ACCESS REQUIRED)\b/,
  /\bCUI\b/,
  /\bSECRET\b/,
  /\bOFFICIAL[- ]SENSITIVE\b/,
  // "CONFIDENTIAL COMMERCIAL INFORMATION" is how a firm marks its own.
  /\bCONFIDENTIAL\b(?!\s+(?:COMMERCIAL|BUSINESS))/,
  // Banners and portion marks: SECRET//SI//NOFORN, (TS//SI), (U), (CUI).
  new RegExp(String.raw`\b${level}//[A-Z]`),
  new RegExp(String.raw`\(${level}(?://[A-Z0-9 ,/.-]{1,80})?\)`),
];

/** Characters that show nothing but split words are taken away first, and other widths of letters become the plain ones. */
function plain(text: string): string {
  const folded = text
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/\s+/g, ' ');
  // Banners are often spaced out: S E C R E T.
  return folded.replace(/\b(?:[A-Z] ){2,}[A-Z]\b/g, (letters) => letters.replaceAll(' ', ''));
}

/** The first thing in a text that looks like a marking, as it stands there; undefined where nothing does. */
export function markingIn(text: string): string | undefined {
  const read = plain(text);
  for (const pattern of patterns) {
    const found = pattern.exec(read);
    if (found !== null) return found[0];
  }
  return undefined;
}

/** Refuses a text that carries a marking, before anything of it is kept. */
export function requireUnmarked(text: string | undefined): void {
  const marking = markingIn(text ?? '');
  if (marking !== undefined) throw new Refusal('text_marked', { marking });
}
