/** P23: VERSION, to the letter and whatever surrounds it. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidCall, BraidNode, prepareForms } from '../harness/braid-call.ts';

beforeAll(prepareForms);

const LINE = '{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}\n';

describe.each(BRAID_FORMS)('VERSION, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
  });
  afterEach(() => node.dispose());

  test.each<[string, Partial<BraidCall>]>([
    ['an older version on stdin', { stdin: '{"cniVersion":"0.4.0"}' }],
    ['a version of the future on stdin', { stdin: '{"cniVersion":"9.0.0"}' }],
    ['garbage on stdin', { stdin: 'garbage' }],
    ['nothing on stdin', { stdin: '' }],
    ['a megabyte on stdin', { stdin: 'x'.repeat(1_000_000) }],
    ['no other variable', { containerId: '', netns: '', ifName: '', args: '', cniPath: '' }],
    ['every other variable invalid', { containerId: '%%', netns: '/proc/self/ns/net', ifName: 'a/b', args: '=;=' }],
    ['the library’s placeholders', { containerId: '', netns: 'dummy', ifName: 'dummy', args: '', cniPath: 'dummy' }],
    ['a configuration that ADD would refuse', { config: { name: '../x', stateDir: 7 } }],
  ])('P23: with %s it is the same line', async (_what, call) => {
    expect(await node.call(form, { verb: 'VERSION', ...call })).toMatchObject({ code: 0, stdout: LINE, stderr: '' });
    expect(node.records()).toEqual([]);
  });
});
