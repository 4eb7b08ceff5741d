import { describe, expect, test } from 'vitest';
import { awaitReadiness } from '../../src/stages/await-readiness.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';

const request = requestOf({}, { readinessFile: '/run/ready' });
const never = new AbortController().signal;

/** A file that is there from the nth look on; `looks` counts them. */
function fileAfter(looksBefore: number) {
  const seen: string[] = [];
  const isThere = (path: string) => {
    seen.push(path);
    return seen.length > looksBefore;
  };
  return { seen, isThere };
}

describe('the readiness file', () => {
  test('is not looked for when none is configured', async () => {
    const { seen, isThere } = fileAfter(0);
    await awaitReadiness(requestOf(), { isThere, signal: never });
    expect(seen).toEqual([]);
  });

  test('that is there is looked for once', async () => {
    const { seen, isThere } = fileAfter(0);
    await awaitReadiness(request, { isThere, signal: never });
    expect(seen).toEqual(['/run/ready']);
  });

  test('that comes is waited for', async () => {
    const { seen, isThere } = fileAfter(3);
    await awaitReadiness(request, { isThere, signal: never });
    expect(seen.length).toBeGreaterThan(3);
  });

  test('that does not come is code 11 after the limit', async () => {
    const wait = () => awaitReadiness(request, { isThere: () => false, signal: never }, 20);
    expect(await failure(wait)).toMatchObject({ code: 11, message: 'the readiness file /run/ready is not there' });
  });

  test('is waited for no longer when we are told to stop', async () => {
    const stop = new AbortController();
    const waiting = failure(() => awaitReadiness(request, { isThere: () => false, signal: stop.signal }));
    stop.abort();
    expect(await waiting).toMatchObject({ code: 11 });
  });
});
