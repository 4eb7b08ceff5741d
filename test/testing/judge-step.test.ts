/** Judging a step of real plugins: what comes of their own answers is not compared, and what leaked is told. */
import { expect, test } from 'vitest';
import { judgeStep, type SeenStep } from '../../src/testing/judge-step.ts';
import type { SeenCall } from '../../src/testing/plugins.ts';

const CALL: SeenCall = {
  verb: 'ADD',
  plugin: 'tuning',
  env: { CNI_IFNAME: 'eth0' },
  stdin: { name: 'front', prevResult: { ips: ['its own'] } },
};
const SEEN: SeenStep = {
  answer: { kind: 'success', result: { ips: ['its own'] } },
  calls: [CALL],
  journal: {},
  annotations: { status: 'its own' },
  left: ['c1/eth0 bridge'],
  leaks: [],
  requests: [],
  log: [],
};
const EXPECTED = {
  result: { ips: ['scripted'] },
  annotations: { status: 'scripted' },
  calls: [{ call: 'ADD tuning eth0', stdin: { name: 'front', prevResult: { ips: ['scripted'] } }, exactly: true }],
};
const parts = (...args: Parameters<typeof judgeStep>) => judgeStep(...args).map(({ part }) => part);

test('off the script, what comes of an answer is not looked at; all the rest is', () => {
  expect(parts(EXPECTED, SEEN, { isKill: false, isOffScript: false })).toEqual(['result', 'calls', 'annotations']);
  expect(parts(EXPECTED, SEEN, { isKill: false, isOffScript: true })).toEqual([]);
  const others = {
    calls: [{ call: 'ADD tuning eth0', stdin: { name: 'back', prevResult: {} } }],
    journal: { x: [] },
    left: [],
  };
  expect(parts(others, SEEN, { isKill: false, isOffScript: true })).toEqual(['calls', 'left', 'journal']);
  expect(parts({ error: 'x' }, SEEN, { isKill: false, isOffScript: true })).toEqual(['error']);
});

test('what leaked is a difference, whether or not the step speaks of what is left', () => {
  const seen = { ...SEEN, leaks: ['interface eth0 in /run/netns/c1'] };
  const manner = { isKill: false, isOffScript: false };
  expect(judgeStep({}, seen, manner)).toEqual([
    { part: 'left', expected: SEEN.left, seen: ['c1/eth0 bridge', 'interface eth0 in /run/netns/c1'] },
  ]);
  expect(parts({ left: ['c1/eth0 bridge'] }, seen, manner)).toEqual(['left']);
  expect(parts({ left: ['c1/eth0 bridge'] }, SEEN, manner)).toEqual([]);
});
