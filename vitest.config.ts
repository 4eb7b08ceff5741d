import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Half a minute of waiting for a deadline, in a small file: at the end all else would wait for it. */
const FIRST = ['test/wire/agent-stop.test.ts'];

/** The usual order, which begins with large files, but for those of FIRST. */
class FirstThingsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ project, moduleId }: TestSpecification) =>
      2 * project.config.sequence.groupOrder + (FIRST.some((file) => moduleId.endsWith(file)) ? 0 : 1);
    return sorted.toSorted((left, right) => rank(left) - rank(right));
  }
}

/**
 * Four suites: `unit` needs nothing, `wire` and `conformance` need the build, `real` needs root, the reference plugins and
 * containerd. `real`, which waits for the kernel, and `wire`, which computes, are one group, so that nothing waits between them.
 */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    // They wait for processes most of the time, and each has a node or folder of its own.
    maxWorkers: 4,
    sequence: { sequencer: FirstThingsFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/wire/**', 'test/real/**', 'test/conformance/**'],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'wire',
          include: ['test/wire/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
