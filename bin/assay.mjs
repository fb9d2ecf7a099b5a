#!/usr/bin/env node
import { build, install, isServerFresh } from '../scripts/setup.mjs';

if (!isServerFresh()) {
  await install();
  await build(['server']);
}
await import('../build/server/assay.js');
