/**
 * Phrases that speak to a machine which reads the text, not to a person who judges a flaw. Data: a phrase is a row of slots; a slot is
 * the words it takes, divided by `|`; `~n` between two slots lets up to n other words stand there.
 */
import { foldWord } from './fold.ts';

export interface Group {
  rule: string;
  why: string;
  phrases: string[];
}

const before = 'previous|prior|above|earlier|preceding|foregoing|former|existing|original|initial|past';
const orders =
  'instructions|instruction|prompts|prompt|directions|directives|directive|guidelines|guidance|programming';
const drop = 'ignore|disregard|forget|override|neglect|discard|dismiss|overrule|overwrite';
const models = 'ai|llm|llms|chatgpt|gpt|claude|gemini|copilot|llama|mistral|chatbot|chatbots';
const machines = `${models}|assistant|assistants|bot|bots`;
const say = 'reveal|print|show|repeat|output|leak|disclose|display|dump|return|tell|share|expose|recite|write';
const people =
  'user|users|human|humans|operator|operators|coordinator|coordinators|reviewer|reviewers|maintainer|maintainers';
const report = 'report|reports|finding|findings|submission|submissions|ticket|issue';
const verdicts =
  'valid|validated|critical|confirmed|genuine|verified|accepted|resolved|legitimate|duplicate|unique|triaged|urgent';

/** English: these are also looked for reversed and in ROT13. */
const english: Group[] = [
  {
    rule: 'override_instructions',
    why: 'The words tell a machine reader to drop its instructions.',
    phrases: [
      `${drop} ~3 ${before} ~2 ${orders}|commands|rules|context|messages|conversation|training|constraints|orders`,
      `${drop}|bypass|violate ~2 your ~3 ${orders}|training|guardrails|restrictions|rules|constraints|policies`,
      `${drop} ~2 system|developer|hidden prompt|prompts|message|messages|instruction|instructions`,
      `${drop} everything|anything|all ~2 above|before|previously|told|said|instructed`,
      `${drop} ~1 all|any|these|those|the instructions|prompts|directives|guidelines|guardrails`,
      `not|stop|never|cease follow|following|obey|obeying ~2 previous|prior|earlier|your|original ~2 ${orders}|rules`,
      'your new|real|actual|true|updated|only instructions|instruction|task|objective|goal|role|job|mission is|are|from',
      'new|updated|revised|following instructions|instruction supersede|override|replace|take',
      `${drop} ~1 all|your|every ~1 rules|restrictions|guardrails|policies|safeguards`,
      'your rules|instructions|guidelines|restrictions|role|guardrails have|has|are|is|were ~2 changed|updated|lifted|removed|suspended|void|disabled',
      'you have|had|with no ~1 restrictions|limits|limitations|filters|rules|guidelines|guardrails',
      'answer|answers|respond|comply|output|responding|write|proceed ~4 without|no ~1 restrictions|limits|limitations|filters|filtering|censorship|restriction',
      'safety|content|ethical protocols|guidelines|filters|restrictions|policies|guardrails ~2 disabled|off|lifted|suspended|void|removed',
      'skip ~2 safety|security|permission checks|confirmations|prompts ~2 and|for|then',
      'proceed without ~1 asking|confirmation|approval|hesitation',
      'decode ~4 base64|base32|hex|rot13|string|message|text ~3 and|then ~1 do|follow|execute|obey|comply|act',
      'do|follow|execute|obey ~2 what|whatever|everything it|they|this says|say',
    ],
  },
  {
    rule: 'reveal_prompt',
    why: 'The words ask a machine reader to give away its instructions or what it holds.',
    phrases: [
      `${say} ~3 system|initial|hidden|developer prompt|prompts|instructions`,
      `reveal|print|show|repeat|output|tell|share|give|dump|send|forward|email|post|upload|transmit ~1 your ~2 instructions|prompt|prompts|context|memory|credentials|secrets|tokens|environment|conversation|history`,
      `${say}|send|forward|email|post|upload|transmit ~2 text|everything|words|messages|content above|before|preceding`,
      'instructions|instruction|prompt|rules|guidelines ~1 you were|have ~1 given|told|received|configured',
      'end|beginning|start|top|bottom of your reply|response|answer|summary|output|report',
      'in your summary|reply|replies|answers ~2 so|to|and|verbatim|include|without',
    ],
  },
  {
    rule: 'steer_verdict',
    why: 'The words tell a machine reader how to judge this report.',
    phrases: [
      `mark|classify|rate|score|label|treat|rank|flag|categorize|categorise|report ~1 this|these|every|all ~1 ${report} ~1 as|to ~3 ${verdicts}|high|severe`,
      `accept|validate|confirm|merge|triage|promote|publish|close ~1 this|these|every|all ~2 ${report} without|immediately|automatically|unconditionally`,
      `not|never flag|hold|quarantine|reject|refuse|question|verify|escalate|deduplicate|screen ~1 this|these|any ~2 ${report}|message|text|content`,
      `skip|omit ~2 screening|triage|deduplication|quarantine|moderation`,
      `no human|manual review|verification|validation|check|triage ~1 needed|required|necessary`,
      `close|reject|withdraw ~1 other|competing|earlier|previous ${report}`,
    ],
  },
  {
    rule: 'conceal_from_people',
    why: 'The words tell a machine reader to keep something from people.',
    phrases: [
      `do|must|should not tell|inform|alert|warn ~2 ${people}`,
      `don t tell|inform|alert|warn ~2 ${people}`,
      `never tell|inform|alert|warn ~2 ${people}`,
      `not|never|t mention|reveal|disclose this|these|it ~2 to ~2 ${people}|anyone`,
      'without telling|informing|alerting ~2 human|humans|operator|operators|coordinator|coordinators|reviewer|reviewers',
    ],
  },
];

/** English phrases and those of other languages, looked for as they stand. */
const plain: Group[] = [
  {
    rule: 'role_claim',
    why: 'The words give a machine reader a role.',
    phrases: [
      `you are|re an|a|the|my|our|just|only ~2 ${models}|assistant|language|agent|bot`,
      `you are|re now ~1 in ~2 mode`,
      `you are|re now ~2 dan|unrestricted|jailbroken|assistant|ai|agent|bot|model|reviewer|maintainer|coordinator|free|evil`,
      'as an|a ~0 ai|llm|large|language ~1 model|assistant|agent',
      `act|behave|respond|roleplay as|like|though|if ~4 ai|llm|dan|chatbot|unrestricted|unfiltered|uncensored|jailbroken|coordinator|triager|reviewer|assistant`,
      'pretend|imagine you are|re',
      'from now on ~1 you|your|always|respond|answer|every',
      'as the assistant|ai|model i|you ~2 have|ve|am|are|must|will',
      'enter|enable|activate|unlock dan|god|jailbreak|unrestricted|unfiltered mode',
    ],
  },
  {
    rule: 'machine_addressed',
    why: 'The words address a machine reader.',
    phrases: [
      `attention|note|message|memo|notice|reminder|important|instruction|instructions|request to|for ~2 ${machines}|agents`,
      `attention|hello|hi|hey|dear ~1 ${machines}|agent|agents`,
      `if|when|since|because|assuming|whether you are|re an|a|the ~1 ${machines}|large|language|automated|agent|machine|model`,
      `${machines}|automated|machine ~1 reviewers|reviewer|triagers|triager|assistants|agents|agent|assistant|readers|models|model|systems must|shall|please`,
      `any|every|the ${machines}|model|agent reading|processing|analyzing|analysing|reviewing|triaging|summarizing|summarising this|these`,
      'begin|start|end of ~1 system|developer|assistant|untrusted|user|customer prompt|message|instructions|data|input|content',
      'system|admin|administrator|developer override ~1 engaged|activated|enabled|accepted|code|command',
      'use|call|invoke|run ~1 your ~1 tool|tools|functions|plugins',
      'when|once|while|after|as you read|reads|process|summarize|summarise|triage|analyze|analyse ~1 this|these report|ticket|text|message|document|file|page|email|also|please|send|you|call',
      'all|any|every future|later tasks|replies|answers|conversations|sessions',
      'note|notice|nota|hinweis ~1 système|sistema|sistem',
      'respond|reply|answer ~0 only|exclusively|just with yes|no|ok|the|a|one|exactly',
    ],
  },
  {
    rule: 'override_instructions',
    why: 'The words tell a machine reader to drop its instructions.',
    phrases: [
      // German
      'ignoriere|ignorieren|ignoriert|vergiss|vergessen|missachte|missachten|übergehe|verwirf ~3 vorherigen|vorherige|vorigen|bisherigen|obigen|früheren|vorangegangenen|alle|allen|deine|ihre|sämtliche ~3 anweisungen|anweisung|instruktionen|befehle|vorgaben|systemprompt',
      'ignoriere|ignorieren|vergiss|missachte deine|ihre richtlinien|regeln|beschränkungen',
      // French
      'ignore|ignorez|ignorer|oublie|oubliez|oublier ~3 instructions|consignes|directives|ordres ~3 précédentes|précédents|antérieures|ci|données|système|dessus',
      // Spanish
      'ignora|ignore|ignorad|ignorar|olvida|olvide|olvidad|descarta ~3 instrucciones|órdenes|indicaciones|directrices ~2 anteriores|previas|precedentes|sistema|arriba',
      'ignora|ignore|ignorad|ignorar|olvida|olvide|olvidad|descarta ~3 anteriores|previas|todas ~1 instrucciones|órdenes|indicaciones',
      // Portuguese
      'ignore|ignora|ignorem|esqueça|esquece|esqueçam|desconsidere ~3 instruções|ordens|orientações|comandos ~2 anteriores|prévias|acima|sistema',
      // Italian
      'ignora|ignorate|ignorare|dimentica|dimenticate|trascura ~3 istruzioni|indicazioni|comandi|direttive ~2 precedenti|sopra|sistema',
      // Dutch
      'negeer|vergeet ~3 vorige|eerdere|voorgaande|bovenstaande|alle|je|uw ~2 instructies|opdrachten|aanwijzingen',
      // Polish
      'zignoruj|ignoruj|zapomnij|pomiń ~4 instrukcje|polecenia|wytyczne|instrukcjach|poleceniach',
      // Czech
      'ignoruj|ignorujte|zapomeň|zapomeňte ~3 pokyny|instrukce|příkazy',
      // Swedish, Norwegian, Danish
      'ignorera|glöm|ignorer|glem ~3 instruktioner|instruktionerna|instruksjoner|instrukser|instruktionerne|anvisningar|anvisninger',
      // Romanian
      'ignoră|ignorați|uită ~3 instrucțiunile|instrucțiuni',
      // Russian, Ukrainian
      'игнорируй|игнорируйте|проигнорируй|проигнорируйте|забудь|забудьте|отбрось ~4 инструкции|инструкциях|инструкций|указания|указаниях',
      'ігноруй|ігноруйте|забудь|забудьте ~4 інструкції|вказівки',
      // Turkish
      'önceki|yukarıdaki|tüm|bütün ~2 talimatları|talimatlarını|yönergeleri|komutları ~2 yoksay|unut|görmezden|dikkate',
      // Greek
      'αγνόησε|αγνοήστε|ξέχασε|ξεχάστε ~4 οδηγίες|εντολές',
      // Arabic, Persian, Hebrew
      'تجاهل|تجاهلوا|انس|انسى ~3 التعليمات|الأوامر|تعليمات|تعليماتك|الإرشادات',
      'دستورات|دستورالعمل|دستورالعملهای|دستورهای ~3 نادیده|فراموش',
      'התעלם|התעלמו|שכח|שכחו ~3 ההוראות|מההוראות|הוראות|הנחיות|ההנחיות|מההנחיות',
      // Vietnamese, Indonesian, Malay
      'bỏ qua|quên ~3 hướng|chỉ|lệnh dẫn|thị ~2 trước|trên',
      'abaikan|lupakan ~3 instruksi|perintah|petunjuk|arahan',
    ],
  },
  {
    rule: 'reveal_prompt',
    why: 'The words ask a machine reader to give away its instructions or what it holds.',
    phrases: [
      'verrate|zeige|zeig|nenne|gib|wiederhole|drucke ~3 systemanweisungen|systemprompt|systemanweisung|systemnachricht',
      'révèle|révélez|montre|montrez|affiche|affichez|donne|donnez|répète ~4 instructions|prompt|consignes ~2 système|systèmes|initiales|cachées',
      'revela|revele|muestra|muestre|imprime|repite|dime ~3 instrucciones|prompt ~2 sistema|iniciales|ocultas',
      'revele|revela|mostre|mostra|imprima|repita ~3 instruções|prompt ~2 sistema|iniciais',
      'rivela|rivelami|mostra|mostrami|stampa|ripeti ~3 istruzioni|prompt ~2 sistema|iniziali',
      'toon|onthul|herhaal ~3 systeemprompt|systeeminstructies',
      'покажи|покажите|раскрой|раскройте|выведи|повтори ~3 системный|системную|системные ~1 промпт|инструкцию|инструкции|подсказку',
    ],
  },
  {
    rule: 'role_claim',
    why: 'The words give a machine reader a role.',
    phrases: [
      'du bist ~2 ki|chatbot|sprachmodell|assistent|assistenzsystem',
      'sie sind ~2 ki|chatbot|sprachmodell|assistent|assistenzsystem',
      'tu|vous es|êtes ~2 ia|intelligence|chatbot|assistant|modèle',
      'eres|sos ~2 ia|inteligencia|chatbot|asistente|modelo',
      'você|tu é|és ~2 ia|inteligência|chatbot|assistente|modelo',
      'sei ~2 ia|intelligenza|chatbot|assistente|modello',
      'ты|вы ~1 ии|нейросеть|языковая|ассистент|чатбот',
    ],
  },
];

/** Scripts that write no spaces between words: looked for in the folded text. Every gap is bounded. */
const unspaced: { rule: string; why: string; pattern: RegExp }[] = [
  [
    ['忽略', '无视', '無視', '忘记', '忘記', '不要理会', '不要理會', '忽視'],
    ['之前', '以上', '先前', '前面', '上述', '所有', '全部', '系统', '系統', '你的', '您的'],
    ['指令', '指示', '提示', '规则', '規則', '命令'],
  ],
  [
    ['これまで', '以前', '上記', '前の', 'すべて', '全て', '先の'],
    ['指示', '命令', 'プロンプト', 'ルール'],
    ['無視', '忘れ', '破棄'],
  ],
  [
    ['이전', '위의', '앞의', '모든', '기존', '지금까지'],
    ['지시', '명령', '프롬프트', '지침'],
    ['무시', '잊'],
  ],
  [
    ['เพิกเฉย', 'ละเว้น', 'ลืม', 'ไม่ต้องสนใจ'],
    ['คำสั่ง', 'คำแนะนำ'],
  ],
  [
    ['पिछले', 'पिछली', 'पहले', 'सभी', 'उपरोक्त'],
    ['निर्देश', 'आदेश'],
    ['अनदेखा', 'नजरअंदाज', 'भूल'],
  ],
].map((slots) => ({
  rule: 'override_instructions',
  why: 'The words tell a machine reader to drop its instructions.',
  pattern: new RegExp(slots.map((words) => `(?:${words.map(foldWord).join('|')})`).join('[^。.\\n]{0,12}?'), 'gu'),
}));
for (const [you, who] of [
  ['你是|您是', '人工智能|ai|语言模型|語言模型|助手|机器人|機器人'],
  ['あなたは', '人工知能|ai|言語モデル|アシスタント'],
  ['당신은|너는', '인공지능|ai|언어 모델|어시스턴트|챗봇'],
] as const) {
  const words = (list: string) => list.split('|').map(foldWord).join('|');
  unspaced.push({
    rule: 'role_claim',
    why: 'The words give a machine reader a role.',
    pattern: new RegExp(`(?:${words(you)})[^。.\\n]{0,8}?(?:${words(who)})`, 'gu'),
  });
}

/** A phrase ready to be looked for: the first slot is the key under which it is kept. */
export interface Phrase {
  rule: string;
  why: string;
  /** The slots after the first, each with the words that may stand before it. */
  rest: { words: ReadonlySet<string>; gap: number }[];
}

const byFirstWord = new Map<string, Phrase[]>();

function add(rule: string, why: string, slots: string[][], gaps: number[]): void {
  const phrase: Phrase = {
    rule,
    why,
    rest: slots.slice(1).map((words, at) => ({ words: new Set(words), gap: gaps[at] ?? 0 })),
  };
  for (const word of new Set(slots[0])) {
    const phrases = byFirstWord.get(word);
    if (phrases === undefined) byFirstWord.set(word, [phrase]);
    else phrases.push(phrase);
  }
}

const rot13 = (word: string) =>
  word.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97));
const reversed = (word: string) => [...word].reverse().join('');

for (const { rule, why, phrases } of [...english, ...plain]) {
  for (const phrase of phrases) {
    const slots: string[][] = [];
    const gaps: number[] = [];
    for (const part of phrase.split(' ')) {
      if (part.startsWith('~')) gaps[slots.length - 1] = Number(part.slice(1));
      else slots.push(part.split('|').map(foldWord));
    }
    add(rule, why, slots, gaps);
  }
}
for (const { rule, why, phrases } of english) {
  for (const phrase of phrases) {
    const slots: string[][] = [];
    const gaps: number[] = [];
    for (const part of phrase.split(' ')) {
      if (part.startsWith('~')) gaps[slots.length - 1] = Number(part.slice(1));
      else slots.push(part.split('|'));
    }
    add(
      rule,
      `${why} They are written in ROT13.`,
      slots.map((words) => words.map(rot13)),
      gaps,
    );
    const backwards = Array.from({ length: slots.length - 1 }, (_, at) => gaps[slots.length - 2 - at] ?? 0);
    add(rule, `${why} They are written backwards.`, slots.map((words) => words.map(reversed)).reverse(), backwards);
  }
}

export const phrasesFrom = (word: string): readonly Phrase[] | undefined => byFirstWord.get(word);
export const unspacedPhrases: readonly { rule: string; why: string; pattern: RegExp }[] = unspaced;

/** What a phrase leaves when its spaces are taken out, or its letters are written apart. */
export const squeezed = [
  'ignoreprevious',
  'ignoreallprevious',
  'ignoretheprevious',
  'ignoreabove',
  'ignoretheabove',
  'ignoreprior',
  'ignoreallprior',
  'ignoreyourinstructions',
  'disregardprevious',
  'disregardallprevious',
  'disregardprior',
  'disregardabove',
  'forgetprevious',
  'forgetallprevious',
  'forgetyourinstructions',
  'previousinstructions',
  'priorinstructions',
  'yoursystemprompt',
  'revealsystemprompt',
];
