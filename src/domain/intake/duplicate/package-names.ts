/**
 * Names by which one product goes in several ecosystems: a Go module by its path, a PyPI package by `python-...`, a
 * Bitnami application by its plain name, a CVE record by vendor and product. The names are brought to cores that two
 * of them can share. A shared core is a hint, never an identity: `PackageIdentity` is that.
 */

/** Words of a name that say in what language or form it comes, not what it is. */
const wrappings = new Set(
  'js py python node nodejs npm ruby gem php go golang rs rust java lib core common cpu gpu rocm intel macos nightly framework project server client api sdk cli pkg src plugin module package parent bom all extra extras contrib org com io net github gitlab www v'.split(
    ' ',
  ),
);

const lettersAndDigits = /[a-z0-9]+/g;

/** The name without signs: `Node.js` and `nodejs` are one. At most 80 characters. */
const bare = (name: string): string => (name.toLowerCase().match(lettersAndDigits) ?? []).join('').slice(0, 80);

/**
 * Cores of a name, the most telling first: the last part of a path, that without its wrapping, the part before. At most eight.
 */
export function coresOf(name: string): string[] {
  const cores: string[] = [];
  const add = (core: string) => {
    if (core.length > 1 && !cores.includes(core) && !/^\d+$/.test(core)) cores.push(core);
  };
  const parts = name
    .slice(0, 500)
    .toLowerCase()
    .split(/[/:@\\]+/)
    // `v2` of a Go module path, the host in front.
    .filter((part) => part !== '' && !/^v\d+$/.test(part) && !/^[a-z0-9-]+\.(?:com|org|io|net|in|dev|sh)$/.test(part));
  const last = parts.at(-1);
  if (last === undefined) return cores;
  for (const part of [last, parts.length > 1 ? parts.at(-2)! : '']) {
    // The namespace of Maven is a reversed domain: its last label tells.
    const label = part.includes('.') && part !== last ? part.slice(part.lastIndexOf('.') + 1) : part;
    add(bare(label));
    // `Vendor Product` and `Vendor Product Server`.
    const blank = label.indexOf(' ');
    if (blank > 0) add(bare(label.slice(blank + 1)));
    const words = label.match(lettersAndDigits) ?? [];
    const telling = words.filter((word) => !wrappings.has(word));
    if (telling.length > 0 && telling.length < words.length) add(telling.join(''));
    if (telling.length > 1) add(telling[0]!);
  }
  const first = bare(last).replace(
    /^(?:node|python|py|go|lib|apache)(?=[a-z]{4})(?!thon|lang)|(?:js|py|core|rs)$/g,
    '',
  );
  if (first.length > 2) add(first);
  return cores.slice(0, 8);
}
