import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, keys, publicUrl, read } from './config.ts';
import * as logging from './logging.ts';
import { warning } from './node-version.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const faultsOf = (env: Record<string, string>): string => {
  try {
    read({ env, folder });
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
};

describe('configuration', () => {
  test('needs nothing: this machine only, embedded database, data beside the program', () => {
    const config = read({ env: {}, folder });

    expect(publicUrl(config)).toBe('http://localhost:8414');
    expect([config.database.url, config.data, config.http.proxies]).toEqual([undefined, join(folder, 'data'), 0]);
  });

  test('the environment stands over the file', () => {
    const file = join(folder, 'other.toml');
    writeFileSync(file, '[http]\nport = 9000\nhost = "0.0.0.0"\n[outbound]\nallow = ["mirror.internal:8080"]\n');

    const config = read({ env: { ASSAY_CONFIG: file, ASSAY_HTTP_PORT: '9001' }, folder });

    expect([config.http.port, config.http.host, config.outbound.allow]).toEqual([
      9001,
      '0.0.0.0',
      ['mirror.internal:8080'],
    ]);
  });

  test('JSON is read as well, and a list from the environment is parted by commas', () => {
    const file = join(folder, 'other.json');
    writeFileSync(file, JSON.stringify({ logging: { level: 'warn' } }));

    const config = read({ env: { ASSAY_CONFIG: file, ASSAY_OUTBOUND_ALLOW: 'a.internal:1, b.internal:2' }, folder });

    expect([config.logging.level, config.outbound.allow]).toEqual(['warn', ['a.internal:1', 'b.internal:2']]);
  });

  test('a fault names its key, its variable and the remedy; all faults are told at once', () => {
    const message = faultsOf({ ASSAY_HTTP_PORT: '70000', ASSAY_LOGGING_LEVEL: 'loud', DATABASE_URL: 'mysql://x' });

    expect(message).toContain('http.port (ASSAY_HTTP_PORT): a port is at most 65535.');
    expect(message).toContain('logging.level (ASSAY_LOGGING_LEVEL): choose trace, debug, info');
    expect(message).toContain('database.url (ASSAY_DATABASE_URL): write it as postgresql://');
  });

  test('an unknown key is refused, in the file and in the environment', () => {
    const file = join(folder, 'unknown.toml');
    writeFileSync(file, '[http]\nprot = 1\n');

    expect(faultsOf({ ASSAY_CONFIG: file })).toContain('http.prot: there is no such key');
    expect(faultsOf({ ASSAY_HTTP_PROT: '1' })).toContain('ASSAY_HTTP_PROT: there is no such setting');
  });

  test('a file that cannot be read is told', () => {
    const file = join(folder, 'broken.toml');
    writeFileSync(file, '[http\n');

    expect(faultsOf({ ASSAY_CONFIG: file })).toContain(`The configuration file ${file} cannot be read`);
  });

  test('every key has a variable of its own', () => {
    const variables = keys().map(({ variable }) => variable);

    expect(variables).toContain('ASSAY_DATABASE_STATEMENT_TIMEOUT_MS');
    expect(new Set(variables).size).toBe(variables.length);
  });
});

describe('logs', () => {
  test('hold no secret, wherever it stands', () => {
    const lines: string[] = [];
    const logger = logging.create('trace', { write: (line) => lines.push(line) });

    logger.info({
      token: 'hidden',
      headers: { authorization: 'hidden', cookie: 'hidden' },
      message: { to: 'hidden', link: 'hidden' },
    });
    logger.error({
      err: Object.assign(new Error('connect postgresql://user:hidden@host/db failed'), { detail: 'hidden' }),
    });

    expect(lines.join('')).not.toContain('hidden');
    expect(lines).toHaveLength(2);
  });
});

describe('Node.js', () => {
  test.each(['22.23.4', '24.22.1', '24.30.0', '26.12.1', '27.0.0'])('%s has the fixes', (version) => {
    expect(warning(version)).toBeUndefined();
  });

  test.each(['20.20.2', '22.23.3', '23.11.0', '24.22.0', '25.9.0', '26.12.0'])('%s is warned of', (version) => {
    expect(warning(version)).toContain(version);
  });
});
