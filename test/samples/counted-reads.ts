/** Copies of `items` and how often their `key` was read: what grows with the square of a length shows without a clock. */
export function countedReads<T extends object>(items: readonly T[], key: keyof T & string) {
  let count = 0;
  const counted = items.map((item) =>
    Object.defineProperty({ ...item }, key, {
      enumerable: true,
      get: () => {
        count += 1;
        return item[key];
      },
    }),
  );
  return { items: counted, reads: () => count };
}
