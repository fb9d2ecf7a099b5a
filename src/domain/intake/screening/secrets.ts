/** Keys, tokens and passwords in a report: by the form their issuer gives them, and by a checksum or their randomness. */
import { base62, crc32, entropy } from './check-digits.ts';
import type { Hit } from './hidden.ts';

interface SecretRule {
  rule: string;
  why: string;
  /** What is marked is group 1 where there is one, else the whole. Every repetition is bounded. */
  pattern: RegExp;
  isSecret?: (match: RegExpMatchArray) => boolean;
}

/** Words that stand where a secret would, in documents and examples. */
const placeholder =
  /example|sample|dummy|fake|placeholder|redact|your|change.?me|x{4}|\*{3}|\.{3}|<|\{|\$|1234567|abcdef|todo|insert|secret(?:key)?$|^(?:test|foo|bar|baz)/i;

/** Five or more characters that go up by one, `abcde` or `34567`: typed, not drawn. */
function hasSequence(text: string): boolean {
  let run = 1;
  for (let at = 1; at < text.length; at++) {
    run = text.charCodeAt(at) === text.charCodeAt(at - 1) + 1 ? run + 1 : 1;
    if (run >= 6) return true;
  }
  return false;
}

/** Characters drawn at random: many different ones, and no word that marks an example. */
const random = (text: string, bits: number) => entropy(text) >= bits && !placeholder.test(text) && !hasSequence(text);
const randomPart = (bits: number) => (match: RegExpMatchArray) => random(match[1] ?? match[0], bits);

/** The last six characters are the CRC-32 of the thirty before, in base 62 (GitHub 2021-04-05, npm 2021-09-23). */
const hasChecksum = (match: RegExpMatchArray) => {
  const body = match[1]!;
  return base62(crc32(body.slice(0, -6)), 6) === body.slice(-6);
};

const known: SecretRule[] = [
  {
    rule: 'private_key',
    why: 'A private key block.',
    // The block is long enough to hold a key: an elided example is not one.
    pattern:
      /-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----((?:[A-Za-z0-9+/=:,. \t]|\\n|\r?\n){80,20000})-----END/g,
    isSecret: (match) => entropy(match[1]!.replace(/\\n|\s/g, '')) >= 4.5,
  },
  {
    rule: 'aws_access_key',
    why: 'An access key of Amazon Web Services.',
    pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA)([A-Z2-7]{16})(?![A-Za-z0-9])/g,
    isSecret: randomPart(3),
  },
  {
    rule: 'aws_secret_key',
    why: 'A secret access key of Amazon Web Services.',
    pattern: /aws\w{0,12}?(?:secret|sk)\w{0,16}["']?\s{0,3}[=:]\s{0,3}["']?([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/gi,
    isSecret: randomPart(4.2),
  },
  {
    rule: 'github_token',
    why: 'A GitHub token with a matching checksum.',
    pattern: /(?<![A-Za-z0-9_])gh[pousr]_([A-Za-z0-9]{36})(?![A-Za-z0-9])/g,
    isSecret: hasChecksum,
  },
  {
    rule: 'github_token',
    why: 'A fine-grained GitHub token.',
    pattern: /(?<![A-Za-z0-9_])github_pat_([A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?![A-Za-z0-9])/g,
    isSecret: randomPart(4.5),
  },
  {
    rule: 'npm_token',
    why: 'An npm token with a matching checksum.',
    pattern: /(?<![A-Za-z0-9_])npm_([A-Za-z0-9]{36})(?![A-Za-z0-9])/g,
    isSecret: hasChecksum,
  },
  {
    rule: 'gitlab_token',
    why: 'A GitLab token.',
    pattern: /(?<![A-Za-z0-9_])gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-([A-Za-z0-9_-]{20,64})(?![A-Za-z0-9_-])/g,
    isSecret: randomPart(3.5),
  },
  {
    rule: 'assay_token',
    why: 'A token of an agent on this system.',
    pattern: /(?<![A-Za-z0-9_])assay_([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/g,
    isSecret: randomPart(4),
  },
  {
    rule: 'pypi_token',
    why: 'A token of the Python Package Index.',
    pattern: /(?<![A-Za-z0-9_])pypi-AgE([A-Za-z0-9_-]{60,400})/g,
    isSecret: randomPart(4),
  },
  {
    rule: 'package_registry_token',
    why: 'A token of a package registry.',
    pattern:
      /(?<![A-Za-z0-9_])(?:rubygems_([a-f0-9]{48})|dckr_pat_([A-Za-z0-9_-]{27})|oy2([a-z0-9]{43})|cio([A-Za-z0-9]{32}))(?![A-Za-z0-9])/g,
    isSecret: (match) => random(match.slice(1).find((part) => part !== undefined)!, 3.3),
  },
  {
    rule: 'slack_token',
    why: 'A Slack token.',
    pattern: /(?<![A-Za-z0-9])xox[abeoprs]-(?:[A-Za-z0-9]{1,14}-){1,4}([A-Za-z0-9]{16,80})(?![A-Za-z0-9])/g,
    isSecret: randomPart(3.2),
  },
  {
    rule: 'slack_webhook',
    why: 'A Slack address that takes messages from anyone who knows it.',
    pattern: /hooks\.slack\.com\/services\/T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/([A-Za-z0-9]{20,30})/g,
    isSecret: randomPart(3.5),
  },
  {
    rule: 'google_key',
    why: 'A key of Google Cloud.',
    pattern:
      /(?<![A-Za-z0-9_])(?:AIza([A-Za-z0-9_-]{35})|GOCSPX-([A-Za-z0-9_-]{28})|ya29\.([A-Za-z0-9_-]{40,400}))(?![A-Za-z0-9_-])/g,
    isSecret: (match) => random(match[1] ?? match[2] ?? match[3]!, 4),
  },
  {
    rule: 'azure_key',
    why: 'A key of Microsoft Azure.',
    pattern:
      /(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{42,86}={1,2})|(?<![A-Za-z0-9_~.-])([A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{34})(?![A-Za-z0-9_~.-])/g,
    isSecret: (match) => random(match[1] ?? match[2]!, 4.2),
  },
  {
    rule: 'payment_key',
    why: 'A live key of a payment service.',
    pattern: /(?<![A-Za-z0-9_])(?:sk|rk)_live_([A-Za-z0-9]{24,99})(?![A-Za-z0-9])/g,
    isSecret: randomPart(3.5),
  },
  {
    rule: 'model_service_key',
    why: 'A key of a model service.',
    pattern:
      /(?<![A-Za-z0-9_-])(?:sk-ant-[a-z0-9]{3,8}-([A-Za-z0-9_-]{80,120})|sk-(?:proj-|svcacct-|admin-)?([A-Za-z0-9_-]{16,74}T3BlbkFJ[A-Za-z0-9_-]{16,74})|hf_([A-Za-z]{34})|r8_([A-Za-z0-9]{37})|gsk_([A-Za-z0-9]{52}))(?![A-Za-z0-9_-])/g,
    isSecret: (match) => random(match.slice(1).find((part) => part !== undefined)!, 3.8),
  },
  {
    rule: 'service_token',
    why: 'A token of a hosted service.',
    pattern:
      /(?<![A-Za-z0-9_.-])(?:SG\.([\w-]{22}\.[\w-]{43})|do[opr]_v1_([a-f0-9]{64})|shp(?:at|ca|pa|ss)_([a-f0-9]{32})|hv[bs]\.([\w-]{24,160})|dapi([a-f0-9]{32})|glsa_([A-Za-z0-9]{32}_[a-f0-9]{8})|lin_api_([A-Za-z0-9]{40})|key-([a-f0-9]{32})|sntrys_([\w=+/-]{40,300})|tskey-[a-z]{2,10}-([\w-]{20,60})|(\d{8,10}:AA[\w-]{33}))(?![\w-])/g,
    isSecret: (match) => random(match.slice(1).find((part) => part !== undefined)!, 3.2),
  },
  {
    rule: 'age_key',
    why: 'A private key of the age file format.',
    pattern: /(?<![A-Z0-9-])AGE-SECRET-KEY-1([QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})(?![A-Z0-9])/g,
    isSecret: randomPart(4),
  },
  {
    rule: 'json_web_token',
    why: 'A signed JSON Web Token (RFC 7519).',
    pattern: /(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,2000})\.(eyJ[A-Za-z0-9_-]{10,8000})\.([A-Za-z0-9_-]{20,2000})/g,
    isSecret: isLiveWebToken,
  },
  {
    rule: 'connection_password',
    why: 'An address with a password in it.',
    pattern:
      /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,24}:\/\/([^\s:/@"'<>()[\]{}|\\]{1,80}):([^\s/@"'<>()|\\]{3,120})@([A-Za-z0-9.-]{1,200})/gi,
    isSecret: isConnectionSecret,
  },
  {
    rule: 'connection_password',
    why: 'Connection settings with a password in them.',
    pattern:
      /(?:Server|Data Source|Host|Uid|User Id)=[^;\n"']{1,120};[^\n"']{0,200}?(?:Password|Pwd)=([^;\n"'\s]{6,120})/gi,
    isSecret: (match) => isPassword(match[1]!),
  },
  {
    rule: 'basic_credentials',
    why: 'A name and password in a request header (RFC 7617).',
    pattern: /Authorization['"]?\s?[:=]\s?['"]?Basic ([A-Za-z0-9+/]{12,300}={0,2})/gi,
    isSecret: (match) => {
      const [, ...password] = decoded(match[1]!).split(':');
      return password.length > 0 && isPassword(password.join(':'));
    },
  },
];

/** Every pattern needs one of these; most texts have none. */
const gate =
  /PRIVATE KEY|AKIA|ASIA|aws|gh[pousr]_|github_pat_|npm_|gl[a-z]{2,5}-|assay_|pypi-AgE|rubygems_|dckr_pat_|oy2|cio|xox[abeoprs]-|hooks\.slack|AIza|GOCSPX-|ya29\.|AccountKey|AccessKey|8Q~|_live_|sk-|hf_|r8_|gsk_|SG\.|_v1_|shp[a-z]{2}_|hv[bs]\.|dapi|glsa_|lin_api_|key-|sntrys_|tskey-|:AA|AGE-SECRET|eyJ|:\/\/[^\s/@]{1,200}@|pwd=|password=|basic /i;

export function* secrets(text: string): Generator<Hit> {
  if (!gate.test(text)) return;
  for (const { rule, why, pattern, isSecret } of known) {
    for (const match of text.matchAll(pattern)) {
      if (isSecret?.(match) === false) continue;
      yield { rule, start: match.index, end: match.index + match[0].length, why };
    }
  }
}

function decoded(base64: string): string {
  const digits = base64.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  return atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
}

function isLiveWebToken(match: RegExpMatchArray): boolean {
  try {
    const header: unknown = JSON.parse(decoded(match[1]!));
    const claims: unknown = JSON.parse(decoded(match[2]!));
    if (typeof header !== 'object' || header === null || !('alg' in header)) return false;
    if (typeof claims !== 'object' || claims === null) return false;
    // The subject and name of the example that documents and tools show.
    if ('sub' in claims && claims.sub === '1234567890') return false;
    return String(header.alg).toLowerCase() !== 'none' && random(match[3]!, 4);
  } catch {
    return false;
  }
}

const commonPasswords =
  /^(?:p[a4@]ss?w(?:or)?d?\d{0,4}!?|passwd|pass\d{0,3}|pwd|secret\d{0,3}|admin\d{0,4}|root\d{0,3}|toor|guest|test(?:ing)?\d{0,4}|user\d{0,3}|postgres|mysql|redis|mongo|rabbitmq|minio(?:admin)?|changeit|letmein|qwerty\d{0,4}|hunter2|token|key|foo|bar|baz|abc\d{0,4}|\d{1,8}|demo|default|example|attacker|evil|victim)$/i;

/** Whether a password is one that somebody uses, not a word of an example. */
const isPassword = (text: string) =>
  text.length >= 6 &&
  !commonPasswords.test(text) &&
  !placeholder.test(text) &&
  entropy(text) >= 2.5 &&
  !/^[A-Z_]+$/.test(text);

const isExampleHost = (host: string) =>
  /(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost|local)$/i.test(host) ||
  /^(?:127\.|0\.0\.0\.0|::1)/.test(host);

function isConnectionSecret(match: RegExpMatchArray): boolean {
  const [, , password = '', host = ''] = match;
  // Before a host of documents, only what looks drawn at random is one that is in use.
  return isPassword(password) && (!isExampleHost(host) || (password.length >= 16 && random(password, 3.5)));
}
