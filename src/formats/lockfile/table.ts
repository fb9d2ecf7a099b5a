import { cargoLock } from './cargo-lock.ts';
import { composerLock } from './composer-lock.ts';
import { conanLock } from './conan-lock.ts';
import { gemfileLock } from './gemfile-lock.ts';
import { goMod } from './go-mod.ts';
import { cabalFreeze, stackLock } from './haskell.ts';
import type { Kind } from './kind.ts';
import { gradleLock, gradleVerification, pom } from './maven.ts';
import { mixLock } from './mix-lock.ts';
import { depsJson, nugetLock, packagesConfig } from './nuget.ts';
import { osvScanner } from './osv-scanner.ts';
import { bunLock, packageLock } from './package-lock.ts';
import { packageResolved } from './package-resolved.ts';
import { pnpmLock } from './pnpm-lock.ts';
import { podfileLock } from './podfile-lock.ts';
import { pubspecLock } from './pub.ts';
import { pdmLock, pipfileLock, poetryLock, pylock, uvLock } from './python-lock.ts';
import { renvLock } from './renv-lock.ts';
import { requirements } from './requirements.ts';
import { apkInstalled, dpkgStatus } from './system-package.ts';
import { yarnLock } from './yarn-lock.ts';

/** Every kind of lockfile that is read. The first whose name fits is taken, else the first whose content fits. */
export const kinds: readonly Kind[] = [
  bunLock,
  packageLock,
  yarnLock,
  pnpmLock,
  gemfileLock,
  composerLock,
  cargoLock,
  goMod,
  poetryLock,
  pdmLock,
  uvLock,
  pylock,
  pipfileLock,
  nugetLock,
  packagesConfig,
  depsJson,
  pom,
  gradleLock,
  gradleVerification,
  pubspecLock,
  mixLock,
  conanLock,
  podfileLock,
  packageResolved,
  cabalFreeze,
  stackLock,
  renvLock,
  dpkgStatus,
  apkInstalled,
  osvScanner,
  // Last: its lines look like those of others.
  requirements,
];

/** Files that people take for lockfiles, and why they are not read. */
export const mistaken: readonly { names: RegExp; reason: string }[] = [
  {
    names: /^package\.json$/,
    reason: 'package.json names the versions that may be installed, not those that are. Use package-lock.json.',
  },
  {
    names: /\.(cs|vb|fs)proj$|^directory\.packages\.props$/,
    reason:
      'A project file names the versions that may be installed, not those that are. Use packages.lock.json or *.deps.json.',
  },
  {
    names:
      /^(cargo|pyproject)\.toml$|^pipfile$|^gemfile$|^composer\.json$|^go\.sum$|^build\.gradle(\.kts)?$|^mix\.exs$|^pubspec\.yaml$/,
    reason:
      'This file names the versions that may be installed, not those that are. Use the lockfile beside it (for go.sum: go.mod).',
  },
  { names: /\.(xlsx|xls|ods)$/, reason: 'Spreadsheets are not read. Export the SPDX document as JSON or tag-value.' },
  { names: /\.(rdf|rdf\.xml|ttl)$/, reason: 'SPDX in RDF is not read. Export the document as JSON or tag-value.' },
];
