import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import type { ExaminedNode } from '../../src/doctor/examined-node.ts';
import type { Check, Finding } from '../../src/doctor/finding.ts';
import { isUnwell, jsonReport, readableReport } from '../../src/doctor/report.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';
import { CniError, ErrorCode } from '../../src/errors.ts';
import { DoctorScene } from './doctor-scene.ts';

const { signal } = new AbortController();

const NODE = { isRoot: true } as ExaminedNode;

function finding(severity: Finding['severity'], what: string): Finding {
  return { id: `x/${what}`, severity, what, why: 'w', mend: 'm', where: '' };
}

function check(name: string, run: Check['run']): Check {
  return { name, run };
}

test('the worst comes first, else the order of the checks; all run at once', async () => {
  const begun: string[] = [];
  const { promise: bothBegun, resolve } = Promise.withResolvers<void>();
  const meet = (name: string, findings: Finding[]) =>
    check(name, async () => {
      if (begun.push(name) === 2) resolve();
      await bothBegun;
      return findings;
    });
  const checks = [meet('a', [finding('note', 'n'), finding('error', 'e1')]), meet('b', [finding('error', 'e2')])];
  const { findings } = await runChecks(checks, NODE, { signal, limitMs: 5000 });
  expect(findings.map(({ what }) => what)).toEqual(['e1', 'e2', 'n']);
});

test('what hangs is one finding, and keeps nobody waiting', async () => {
  const hung = () => new Promise<Finding[]>(() => undefined);
  const checks = [check('a', hung), check('b', async () => [finding('note', 'n')]), check('c', hung)];
  const examination = await runChecks(checks, NODE, { signal, limitMs: 50 });
  expect(examination.isAnyLate).toBe(true);
  expect(examination.findings.map(({ id, what }) => `${id} ${what}`)).toEqual([
    'doctor/late not looked at (a, c): there was no end of it within 50 ms',
    'x/n n',
  ]);
});

test('what fails is an error; what we may not see is a note, but for root', async () => {
  const denied = new CniError(ErrorCode.io, 'no', '', { cause: Object.assign(new Error('no'), { code: 'EACCES' }) });
  const checks = [check('a', () => Promise.reject(denied)), check('b', () => Promise.reject(new Error('odd')))];
  const seen = async (isRoot: boolean) =>
    (await runChecks(checks, { ...NODE, isRoot }, { signal, limitMs: 5000 })).findings.map(
      ({ id, what }) => `${id} ${what}`,
    );
  expect(await seen(false)).toEqual(['doctor/failed not looked at (b): odd', 'doctor/forbidden not looked at (a): no']);
  expect(await seen(true)).toEqual(['doctor/failed not looked at (a): no', 'doctor/failed not looked at (b): odd']);
});

test('a disk that hangs below a folder of the node is a finding of those that need it', async () => {
  const scene = new DoctorScene();
  const hung = () => new Promise<never>(() => undefined);
  const ids = await scene.ids(undefined, { node: { networks: hung }, limitMs: 1000 });
  expect(ids).toEqual(['error doctor/late', 'note agent/none']);
});

test('the reports say the same, and notes make nobody unwell', () => {
  const examination = {
    checks: ['a', 'b'],
    findings: [finding('warning', 'x'), finding('note', 'y')],
    isAnyLate: false,
  };
  expect(JSON.parse(jsonReport(examination))).toEqual({
    checks: ['a', 'b'],
    findings: examination.findings,
    summary: { errors: 0, warnings: 1, notes: 1 },
  });
  expect(readableReport(examination, createColors(false))).toBe(
    'warning: x [x/x]\n  why   w\n  mend  m\n\nnote: y [x/y]\n  why   w\n  mend  m\n\n2 checks: 0 errors, 1 warning, 1 note\n',
  );
  expect(readableReport({ ...examination, findings: [] }, createColors(false))).toBe('2 checks, nothing found\n');
  expect([isUnwell(examination), isUnwell({ ...examination, findings: [finding('note', 'y')] })]).toEqual([
    true,
    false,
  ]);
});
