import { describe, expect, test } from 'vitest';
import { parseVariables, type Verb } from '../../src/request/cni-variables.ts';
import { failure } from '../samples/failure.ts';
import { COMPLETE } from '../samples/request.ts';

describe('required variables', () => {
  test.each([
    ['ADD', 'CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH'],
    ['CHECK', 'CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH'],
    ['DEL', 'CNI_CONTAINERID,CNI_IFNAME,CNI_PATH'],
    ['GC', 'CNI_PATH'],
    ['STATUS', 'CNI_PATH'],
  ] as const)('P3, P4: %s names all of [%s] at once when they are missing or empty', async (verb, names) => {
    for (const variables of [{}, { CNI_CONTAINERID: '', CNI_NETNS: '', CNI_IFNAME: '', CNI_PATH: '' }]) {
      expect(await failure(() => parseVariables(verb, variables))).toMatchObject({
        code: 4,
        message: `required env variables [${names}] missing`,
        details: '',
      });
    }
  });

  test('P3: VERSION needs none, DEL needs no namespace', () => {
    expect(parseVariables('VERSION', {}).verb).toBe('VERSION');
    expect(parseVariables('DEL', { ...COMPLETE, CNI_NETNS: '' }).netns).toBe('');
  });

  test('P5: the first invalid value wins over names that are missing', async () => {
    const { CNI_CONTAINERID: _gone, ...rest } = COMPLETE;
    expect(await failure(() => parseVariables('ADD', { ...rest, CNI_IFNAME: 'a/b' }))).toMatchObject({
      code: 4,
      message: 'interface name contains / or : or whitespace characters',
    });
  });

  test('P5: a container id is looked at before an interface name', async () => {
    const variables = { ...COMPLETE, CNI_CONTAINERID: '%%', CNI_IFNAME: 'a/b' };
    expect(await failure(() => parseVariables('ADD', variables))).toMatchObject({
      code: 4,
      message: 'invalid characters in containerID',
      details: '%%',
    });
  });

  test.each(['GC', 'STATUS', 'VERSION'] satisfies Verb[])(
    'P6: %s does not look at values that it does not need',
    (verb) => {
      const variables = { ...COMPLETE, CNI_CONTAINERID: '%%', CNI_IFNAME: 'a/b' };
      expect(parseVariables(verb, variables).containerId).toBe('%%');
    },
  );

  test('P8: a name that is too long says in details what is allowed', async () => {
    expect(await failure(() => parseVariables('DEL', { ...COMPLETE, CNI_IFNAME: 'a'.repeat(16) }))).toMatchObject({
      code: 4,
      message: 'interface name is too long',
      details: 'interface name should be less than 16 characters',
    });
  });
});

test('R24: empty elements of CNI_PATH, which would mean the working directory, are dropped', () => {
  expect(parseVariables('GC', { CNI_PATH: ':/a::/b:' }).searchPath).toEqual(['/a', '/b']);
});

test.each([
  ['1', true],
  ['true', true],
  ['TRUE', true],
  ['yes', false],
  ['0', false],
  ['', false],
  ['1\n', false],
])('P10: CNI_NETNS_OVERRIDE %o overrides? %s', (value, isOverridden) => {
  expect(parseVariables('GC', { CNI_PATH: '/a', CNI_NETNS_OVERRIDE: value }).isNetnsOverridden).toBe(isOverridden);
});
