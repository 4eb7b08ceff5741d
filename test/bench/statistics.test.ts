import { describe, expect, test } from 'vitest';
import { median, quantile } from './statistics.ts';

describe('statistics', () => {
  test('the median of an odd and of an even number of values is one of them', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2]);
  });

  test('p99 is the slowest of fewer than 100 values, and the second slowest of 100', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([quantile(values, 0.99), quantile(values.slice(0, 99), 0.99)]).toEqual([99, 99]);
  });

  test('of nothing there is no median', () => {
    expect(median([])).toBeNaN();
  });
});
