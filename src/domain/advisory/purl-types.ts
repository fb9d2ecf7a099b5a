/**
 * What the type definitions of purl-spec (types/*-definition.json, schema 1.0) say beyond the common rules. A type that
 * is not listed has none: namespace optional, letter case kept.
 */
export interface TypeRule {
  /** Optional unless said otherwise. */
  namespace?: 'required' | 'prohibited';
  /** Fields whose letter case says nothing, and that are therefore written in lower case. */
  lower?: ('namespace' | 'name' | 'version')[];
  namePattern?: RegExp;
  versionPattern?: RegExp;
  /** Qualifiers without which `build` refuses; a purl read from elsewhere may lack them. */
  qualifiers?: string[];
}

const required = 'required';
const prohibited = 'prohibited';

export const typeRules: Record<string, TypeRule> = {
  alpm: { namespace: required, lower: ['namespace', 'name'] },
  apk: { namespace: required, lower: ['namespace', 'name'] },
  bazel: { namespace: prohibited },
  bitbucket: { namespace: required, lower: ['namespace', 'name'] },
  bitnami: { namespace: prohibited, lower: ['name'] },
  brew: { lower: ['namespace', 'name'] },
  cargo: { namespace: prohibited },
  'chrome-extension': {
    namespace: prohibited,
    lower: ['name'],
    namePattern: /^[a-p]{32}$/,
    versionPattern: /^\d+(\.\d+){0,3}$/,
  },
  cocoapods: { namespace: prohibited },
  composer: { namespace: required, lower: ['namespace', 'name'] },
  conda: { namespace: prohibited },
  cpan: { namePattern: /^(?!.*::)/s },
  cran: { namespace: prohibited },
  deb: { namespace: required, lower: ['namespace', 'name'] },
  gem: { namespace: prohibited },
  git: { namespace: required },
  github: { namespace: required, lower: ['namespace', 'name'] },
  // The definition requires a namespace, but the standard library (`pkg:golang/stdlib`) and modules such as `go` have none.
  golang: {},
  hackage: { namespace: prohibited },
  hex: { lower: ['namespace', 'name'] },
  huggingface: { namespace: required, lower: ['version'] },
  julia: { namespace: prohibited, qualifiers: ['uuid'] },
  luarocks: { lower: ['namespace', 'name'] },
  maven: { namespace: required },
  mlflow: { namespace: prohibited },
  nuget: { namespace: prohibited },
  oci: { namespace: prohibited, lower: ['name', 'version'] },
  opam: { namespace: prohibited },
  otp: { namespace: prohibited, lower: ['name'] },
  pub: { namespace: prohibited, lower: ['name'] },
  pypi: { namespace: prohibited, lower: ['name', 'version'] },
  qpkg: { namespace: required, lower: ['namespace'] },
  rpm: { namespace: required, lower: ['namespace'] },
  swid: { qualifiers: ['tag_id'] },
  swift: { namespace: required },
  vcpkg: { namespace: prohibited },
  'vscode-extension': { namespace: required, lower: ['namespace', 'name', 'version'] },
  yocto: { lower: ['namespace'] },
};
