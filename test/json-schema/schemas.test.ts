/** The JSON Schemas take what the readers take, and refuse what they can refuse of the rest. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { BUILT_IN_SCHEMAS } from '../../src/json-schema/built-in.ts';

const project = resolve(import.meta.dirname, '../..');
const ajv = new Ajv2020({ strictTypes: false, allErrors: true });

const checks = new Map(BUILT_IN_SCHEMAS.map(({ name, json }) => [name, ajv.compile(JSON.parse(json))]));

function faults(name: string, value: unknown): string[] {
  const check = checks.get(name);
  if (!check) throw new Error(`there is no schema ${name}`);
  check(value);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function files(pattern: string): string[] {
  return globSync(pattern, { cwd: project }).toSorted();
}

const read = (file: string) => readFileSync(resolve(project, file), 'utf8');

describe('the schema', () => {
  test.each(files('{config,fixtures/demo}/**/*.conflist'))('network-list takes %s', (file) => {
    expect(faults('network-list', JSON.parse(read(file)))).toEqual([]);
  });

  test.each(files('config/**/*.conf'))('network takes %s', (file) => {
    expect(faults('network', JSON.parse(read(file)))).toEqual([]);
  });

  test.each(files('fixtures/{tutorial,real}/**/{*,fixture}.yaml').filter((file) => !/\/cluster\//.test(file)))(
    'fixture takes %s',
    (file) => {
      expect(faults('fixture', parse(read(file)))).toEqual([]);
    },
  );

  test.each(files('delegates/*/profile.yaml'))('delegate-profile takes %s', (file) => {
    expect(faults('delegate-profile', parse(read(file)))).toEqual([]);
  });

  test.each([
    ['network-list', { plugins: [{ type: 'bridge' }] }, " must have required property 'name'"],
    ['network-list', { name: 'a', plugins: [] }, '/plugins must NOT have fewer than 1 items'],
    [
      'network-list',
      { name: 'a', plugins: [{ type: 'braid', apiTimeoutMs: 0 }] },
      '/plugins/0/apiTimeoutMs must be >= 1',
    ],
    [
      'network-list',
      { name: 'a', plugins: [{ type: 'braid', confDir: 'net.d' }] },
      '/plugins/0/confDir must match pattern "^/"',
    ],
    ['network', { type: 'bridge' }, " must have required property 'name'"],
    ['braid-plugin', { resultMode: 'all' }, '/resultMode must be equal to one of the allowed values'],
    ['braid-plugin', { delegates: ['a'] }, '/delegates/0 must be object'],
    ['delegate-profile', { frobnicate: 1 }, ' must NOT have additional properties'],
  ])('%s refuses %j', (name, value, fault) => {
    expect(faults(name, value)).toContain(fault);
  });

  test('keys of other plugins are none of our business', () => {
    expect(faults('network-list', { name: 'a', plugins: [{ type: 'acme', apiTimeoutMs: 0 }] })).toEqual([]);
  });

  test('keys tell what they mean', () => {
    const of = (name: string) => JSON.parse(BUILT_IN_SCHEMAS.find((schema) => schema.name === name)?.json ?? '');
    expect(of('braid-plugin').properties.stateDir.description).toBe(
      'the journal; changing it orphans what is attached',
    );
    const { needs } = of('delegate-profile').properties;
    expect(needs.properties.files.items.properties.isFatal.description).toBe('True: without it every ADD fails.');
    expect(needs.properties.files.items.properties.path.description).toBeUndefined();
  });
});
