/** Data of private persons in a report: addresses, telephone, card and identity numbers, records of patients. */
import { iban, luhn, verhoeff, weighted } from './check-digits.ts';
import type { Hit } from './hidden.ts';
import type { FieldText } from './texts.ts';

/** Places with an @ that are looked at in one text. */
const addressesMax = 2000;
/** Units before a number in which a word may say what it is. */
const contextLength = 60;

/** Names of the web that documents use (RFC 2606, RFC 6761), and hosts that only forward to programs. */
const exampleDomain =
  /(?:^|\.)(?:example(?:\.[a-z.]{2,6})?|test|invalid|localhost|local|internal|domain\.(?:com|tld)|acme\.(?:com|org)|foo\.(?:com|bar)|bar\.com|evil\.(?:com|org)|attacker\.(?:com|net|org)|victim\.(?:com|net|org)|email\.com|mail\.com|company\.com|users\.noreply\.github\.com|noreply\.github\.com|openssh\.com|libssh\.org)$/i;
/** Boxes of an office, which many people read. */
const office =
  /^(?:[\w.+-]{0,40}security[\w.+-]{0,40}|(?:ps?irt|csirt|cert|soc|cve|cna|abuse|noreply|no-reply|donotreply|do-not-reply|info|support|help|contact|office|admin|administrator|root|postmaster|webmaster|hostmaster|sales|press|privacy|legal|feedback|bugs?|bugzilla|announce|dev|devel|users?|list|lists|team|hello|git|svn|hg|ssh|anonymous|nobody|test|tester|foo|bar|user\d{0,3}|attacker|victim|evil|name|email|mail|me|you|your|someone|john\.?doe|jane\.?doe|alice|bob|mallory|secalert|disclosure|vuln(?:erability)?|vulnerabilities|product[._-]?security|maintainers?|oss|opensource|jenkinsci-cert|distros|oss-security|full-disclosure|bugtraq|cve-assign|cve-requests?)(?:[+.-][\w.+-]{0,40})?)$/i;
/** A person who signs or is thanked has put the address there. */
const credit =
  /(?:credits?|thanks?(?: to)?|thank you|reported|found|discovered|disclosed|identified|submitted|suggested|reviewed|signed-off|co-authored|acked|tested|acknowledg\w{0,10}|reporter|researcher|author|contact|from|cc|to|e-?mails?(?: me)?(?: at)?|reach(?: me)?(?: at)?|maintainer|analy[sz]ed|verified|helped)(?: (?:by|to|from|at|is))?\W{0,4}[^\n@]{0,80}$/i;

function* mailAddresses(text: string, kind: FieldText['kind']): Generator<Hit> {
  let at = text.indexOf('@');
  let seen = 0;
  for (let tries = 0; at !== -1 && tries < addressesMax; tries++, at = text.indexOf('@', Math.max(at + 1, seen))) {
    const name = /(?:^|[^A-Za-z0-9._%+-])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})$/.exec(
      text.slice(Math.max(0, at - 65), at),
    )?.[1];
    const domain = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,12}(?![A-Za-z0-9-])/.exec(
      text.slice(at + 1, at + 256),
    )?.[0];
    if (name === undefined || domain === undefined) continue;
    const start = at - name.length;
    const end = at + 1 + domain.length;
    seen = end;
    if (exampleDomain.test(domain) || office.test(name) || isFileName(domain)) continue;
    // `user@host:path` is a place in a repository, `scheme://user@host` a login; both name no person's box.
    if (
      /^:(?!\s)/.test(text.slice(end, end + 2)) ||
      /:\/\/[^\s@]{0,80}$/.test(text.slice(Math.max(0, start - 100), start))
    )
      continue;
    if (kind === 'name' || credit.test(text.slice(Math.max(0, start - 120), start))) continue;
    yield { rule: 'mail_address', start, end, why: 'A mail address of a person who is not named as the reporter.' };
  }
}

/** `package@file.js` and `icon@2x.png` are files. */
const isFileName = (domain: string) =>
  /\.(?:js|ts|mjs|cjs|jsx|tsx|py|rb|go|rs|php|java|jar|class|so|dll|exe|png|jpe?g|gif|svg|css|html?|json|ya?ml|xml|md|txt|sh|zip|tgz|gz|service|socket|target|log|conf|lock|patch)$/i.test(
    domain,
  );

interface NumberRule {
  rule: string;
  why: string;
  /** Every repetition is bounded. */
  pattern: RegExp;
  isHit?: (found: string) => boolean;
  /** A word that must stand shortly before it: digits alone say too little. */
  context?: RegExp;
}

const calendarDay = (year: number, month: number, day: number) =>
  month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
const dayFrom = (digits: string, year: number) =>
  calendarDay(year, Number(digits.slice(-4, -2)), Number(digits.slice(-2)));
const digits = (text: string) => text.replace(/\D/g, '');

/** Numbers that card schemes publish for tests. */
const testCards =
  /^(?:4111111111111111|4012888888881881|4222222222222|4242424242424242|4000056655665556|5555555555554444|5105105105105100|5200828282828210|2223003122003222|378282246310005|371449635398431|378734493671000|6011111111111117|6011000990139424|30569309025904|38520000023237|3530111333300000|3566002020360505|(\d)\1+)$/;
const testIbans =
  /^(?:GB82WEST12345698765432|GB29NWBK60161331926819|DE89370400440532013000|FR1420041010050500013M02606|NL91ABNA0417164300|CH9300762011623852957|BE68539007547034)$/;

const cardSchemes =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d)\d{12}|35\d{14}|62\d{14,17})$/;
const isCard = (text: string) => {
  const number = digits(text);
  return cardSchemes.test(number) && luhn(number) && !testCards.test(number);
};

const spanish = 'TRWAGMYFPDXBNJZSQVHLCKE';
const finnish = '0123456789ABCDEFHJKLMNPRSTUVWXY';
const italianOdd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
function codiceFiscale(text: string): boolean {
  const sum = [...text.slice(0, 15)].reduce((total, character, at) => {
    const value = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    return total + (at % 2 === 0 ? italianOdd[value]! : value);
  }, 0);
  return text.charCodeAt(15) - 65 === sum % 26;
}
/** ISO 7064 MOD 11,10, as the German tax number uses it. */
function mod1110(text: string): boolean {
  let product = 10;
  for (const digit of digits(text).slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(text.at(-1));
}
function brazilianCpf(text: string): boolean {
  const number = digits(text);
  const check = (length: number) =>
    ((weighted(
      number,
      Array.from({ length }, (_, at) => length + 1 - at),
    ) *
      10) %
      11) %
      10 ===
    Number(number[length]);
  return !/^(\d)\1+$/.test(number) && check(9) && check(10);
}

const numberRules: NumberRule[] = [
  {
    rule: 'card_number',
    why: 'A payment card number with a matching check digit.',
    pattern: /(?<![\w.:/+-])\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?(?![\w-])(?!\.\d)/g,
    isHit: isCard,
  },
  {
    rule: 'card_number',
    why: 'A payment card number with a matching check digit.',
    pattern: /(?<![\w.:/+-])(?:\d{13,19}|3[47]\d{2}[ -]\d{6}[ -]\d{5})(?![\w-])(?!\.\d)/g,
    isHit: isCard,
    context: /\b(?:cards?|visa|master ?card|amex|american express|pan|credit|debit|cvv|cvc|karte|carte|tarjeta)\b/i,
  },
  {
    rule: 'bank_account',
    why: 'An international bank account number with matching check digits (ISO 13616).',
    pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g,
    isHit: (found) =>
      /\d{6}/.test(found.replace(/\s/g, '')) && iban(found) && !testIbans.test(found.replace(/\s/g, '')),
  },
  {
    rule: 'national_id',
    why: 'A social security number of the United States.',
    pattern: /(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
    isHit: (found) => found !== '078-05-1120' && found !== '123-45-6789',
    context: /\b(?:ssn|ssns|social security|taxpayer|tin)\b/i,
  },
  {
    rule: 'national_id',
    why: 'A National Health Service number with a matching check digit.',
    pattern: /(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])/g,
    isHit: (found) => (11 - (weighted(found, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === Number(found.at(-1)),
    context: /\b(?:nhs|patient)\b/i,
  },
  {
    rule: 'national_id',
    why: 'A national insurance number of the United Kingdom.',
    pattern: /(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)/g,
    isHit: (found) => !/^Q Q|^QQ/.test(found),
    context: /\b(?:nino|ni number|national insurance|insurance)\b/i,
  },
  {
    rule: 'national_id',
    why: 'An identity number of Spain with a matching letter.',
    pattern: /(?<!\w)[XYZ\d]\d{7}-?[A-HJ-NP-TV-Z](?!\w)/g,
    isHit: (found) => {
      const number = Number(found.slice(0, 8).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))));
      return found.slice(0, 8) !== '12345678' && spanish[number % 23] === found.at(-1);
    },
    context: /\b(?:dni|nie|nif|identidad)\b/i,
  },
  {
    rule: 'national_id',
    why: 'A tax code of Italy with a matching letter.',
    pattern: /(?<!\w)[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z](?!\w)/g,
    isHit: codiceFiscale,
  },
  {
    rule: 'national_id',
    why: 'An identity number of France with a matching key.',
    pattern: /(?<![\w-])[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}(?![\w-])/g,
    isHit: (found) => {
      const number = digits(found);
      return 97 - Number(BigInt(number.slice(0, 13)) % 97n) === Number(number.slice(13));
    },
  },
  {
    rule: 'national_id',
    why: 'A tax number of Germany with a matching check digit.',
    pattern: /(?<![\w-])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?![\w-])/g,
    isHit: mod1110,
    context: /\b(?:steuer-?id|steueridentifikationsnummer|idnr|steuer\w{0,20}nummer)\b/i,
  },
  {
    rule: 'national_id',
    why: 'A citizen service number of the Netherlands with a matching check.',
    pattern: /(?<![\w-])\d{9}(?![\w-])/g,
    isHit: (found) => weighted(found, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && found !== '123456782',
    context: /\b(?:bsn|burgerservicenummer|sofinummer)\b/i,
  },
  {
    rule: 'national_id',
    why: 'A national number of Belgium with matching check digits.',
    pattern: /(?<![\w.-])\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?![\w-])/g,
    isHit: (found) => {
      const number = digits(found);
      const check = Number(number.slice(9));
      return [number.slice(0, 9), `2${number.slice(0, 9)}`].some((body) => 97 - (Number(body) % 97) === check);
    },
  },
  {
    rule: 'national_id',
    why: 'An identity number of Poland with a matching check digit.',
    pattern: /(?<![\w-])\d{11}(?![\w-])/g,
    isHit: (found) => (10 - (weighted(found, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === Number(found.at(-1)),
    context: /\bpesel\b/i,
  },
  {
    rule: 'national_id',
    why: 'An identity number of Sweden with a matching check digit.',
    pattern: /(?<![\w-])(?:19|20)?\d{6}[-+]\d{4}(?![\w-])/g,
    isHit: (found) => {
      const number = digits(found).slice(-10);
      return dayFrom(number.slice(0, 6), 2000) && luhn(number);
    },
    context: /\b(?:personnummer|personal identity|folkbokf\w{0,12}|patient)\b/i,
  },
  {
    rule: 'national_id',
    why: 'An identity code of Finland with a matching character.',
    pattern: /(?<![\w-])[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?![\w-])/g,
    isHit: (found) =>
      calendarDay(2000, Number(found.slice(2, 4)), Number(found.slice(0, 2))) &&
      finnish[Number(found.slice(0, 6) + found.slice(7, 10)) % 31] === found.at(-1),
  },
  {
    rule: 'national_id',
    why: 'A taxpayer number of Brazil with matching check digits.',
    pattern: /(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])/g,
    isHit: brazilianCpf,
  },
  {
    rule: 'national_id',
    why: 'An Aadhaar number of India with a matching check digit.',
    pattern: /(?<![\w-])[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?![\w-])(?! ?\d)/g,
    isHit: verhoeff,
    context: /\b(?:aadhaar|aadhar|uidai)\b/i,
  },
  {
    rule: 'national_id',
    why: 'A resident identity number of China with a matching check character.',
    pattern: /(?<!\w)[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\w)/g,
    isHit: (found) =>
      '10X98765432'[weighted(found.slice(0, 17), [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] ===
      found.at(-1)!.toUpperCase(),
  },
  {
    rule: 'national_id',
    why: 'A resident registration number of Korea with a matching check digit.',
    pattern: /(?<![\w-])\d{6}-[1-8]\d{6}(?![\w-])/g,
    isHit: (found) =>
      dayFrom(found.slice(0, 6), 2000) &&
      (11 - (weighted(found, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(found.at(-1)),
  },
  {
    rule: 'telephone',
    why: 'A telephone number in international form.',
    pattern: /(?<![\w.+-])\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]\d{2,8}){1,4}(?![\w-])(?!\.\d)/g,
    isHit: (found) => isTelephone(found),
  },
  {
    rule: 'telephone',
    why: 'A telephone number.',
    pattern:
      /(?<![\w.-])(?:\+?\d{1,3}[ .-]?)?(?:\(\d{2,5}\)[ .-]?|\d{2,5}[ ./-])\d{2,4}(?:[ .-]?\d{2,4}){1,3}(?![\w-])(?!\.\d)|(?<![\w.-])\+?\d{9,15}(?![\w-])/g,
    isHit: (found) => isTelephone(found),
    context:
      /\b(?:tel|phone|telephone|mobile|cell ?phone|whatsapp|fax|sms to|call me|telefon|handy|téléphone|teléfono)\b[^\n]{0,15}$/i,
  },
];

/** E.164: at most 15 digits. 555-01xx in North America and 01632 960 in the United Kingdom are kept for fiction. */
function isTelephone(found: string): boolean {
  const number = digits(found);
  return (
    number.length >= 9 &&
    number.length <= 15 &&
    !/555\D?01\d\d$/.test(found) &&
    !/1632960|20794609|7700900/.test(number) &&
    !/^(\d)\1+$|1234567/.test(number) &&
    // Dates and dotted versions.
    !/^\+?\d{4}[-.]\d{2}[-.]\d{2}|^\d{1,3}(?:\.\d{1,3}){3}$/.test(found)
  );
}

/** Facts of one patient; two different ones close together are a record. */
const patientFacts: [name: string, pattern: RegExp][] = [
  [
    'number',
    /\b(?:MRN|medical record (?:number|no\.?)|patient[ _-]?(?:id|number|no\.?))["']?\s{0,3}[:=#]\s{0,3}["']?[A-Z]{0,3}-?\d{5,12}\b/gi,
  ],
  [
    'birth',
    /\b(?:DOB|date of birth|birth ?date|geboren am|date de naissance|fecha de nacimiento)["']?\s{0,3}[:=]?\s{0,3}["']?(?:(?:19|20)\d{2}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2})\b/gi,
  ],
  [
    'name',
    /\b(?:[Pp]atient(?:[ _-]?[Nn]ame)?|[Pp]atientin|[Pp]aciente)["']?\s{0,3}[:=]\s{0,3}["']?[A-Z][a-z]{1,20},? [A-Z][a-z]{1,20}\b/g,
  ],
  [
    'diagnosis',
    /\b(?:diagnosis|diagnoses|ICD-?10(?: code)?|diagnose)["']?\s{0,3}[:=]\s{0,3}["']?[A-Z][a-z0-9][\w.]{0,20}/g,
  ],
  // HL7 version 2, segment PID; FHIR's resource Patient.
  ['segment', /(?:^|[\n\r])PID\|[^\n\r]{0,60}\|[^|\n\r]{2,40}\^[^|\n\r]{2,40}\|[^|\n\r]{0,40}\|(?:19|20)\d{6}/g],
  ['resource', /"resourceType"\s{0,3}:\s{0,3}"Patient"/g],
  ['family', /"family"\s{0,3}:\s{0,3}"[^"\n]{2,40}"/g],
  ['birth', /"birthDate"\s{0,3}:\s{0,3}"(?:19|20)\d{2}-\d{2}-\d{2}"/g],
];
/** Facts of a record stand within this many units. */
const recordLength = 400;

function* patientRecords(text: string): Generator<Hit> {
  const facts: { name: string; start: number; end: number }[] = [];
  for (const [name, pattern] of patientFacts) {
    for (const match of text.matchAll(pattern)) {
      facts.push({ name, start: match.index, end: match.index + match[0].length });
    }
  }
  facts.sort((a, b) => a.start - b.start);
  let done = 0;
  for (const [at, first] of facts.entries()) {
    if (first.start < done) continue;
    let end = first.end;
    const names = new Set([first.name]);
    for (let next = at + 1; next < facts.length && facts[next]!.start < first.start + recordLength; next++) {
      names.add(facts[next]!.name);
      end = Math.max(end, facts[next]!.end);
    }
    if (names.size < 2 && first.name !== 'segment') continue;
    done = end;
    yield { rule: 'patient_record', start: first.start, end, why: 'Facts that belong to the record of one patient.' };
  }
}

export function* personalData({ text, kind }: FieldText): Generator<Hit> {
  if (text.includes('@')) yield* mailAddresses(text, kind);
  if (kind === 'name' || !/\d{2}/.test(text)) return;
  for (const { rule, why, pattern, isHit, context } of numberRules) {
    for (const match of text.matchAll(pattern)) {
      if (isHit?.(match[0]) === false) continue;
      if (context !== undefined && !context.test(text.slice(Math.max(0, match.index - contextLength), match.index)))
        continue;
      yield { rule, start: match.index, end: match.index + match[0].length, why };
    }
  }
  if (/patient|PID\||MRN|birth|DOB|paciente|geboren/i.test(text)) yield* patientRecords(text);
}
