/** Which Node the command line takes. */
import { expect, test } from 'vitest';
import { nodeFault } from '../src/version.ts';

test.each(['22.19.0', '22.20.1', '24.0.0'])('Node %s will do', (version) => {
  expect(nodeFault(version)).toBeUndefined();
});

test.each(['20.19.1', '22.18.9'])('Node %s is too old', (version) => {
  expect(nodeFault(version)).toBe(`this is Node ${version}; it takes Node 22.19 or later`);
});
