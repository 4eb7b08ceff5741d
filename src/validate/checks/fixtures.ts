/** Fixtures, read as `braid test` reads them; what they expect is for `braid test` itself. Touches disk. */
import { readFixture } from '../../testing/read-fixture.ts';
import type { Report } from '../finding.ts';
import { STDIN } from '../read-source.ts';
import type { SourceDocument } from '../source-document.ts';

/** Says of each fault of the fixture. One on standard input has no folder to be read in, and is passed over. */
export async function checkFixture({ file }: SourceDocument, report: Report): Promise<void> {
  if (file === STDIN) return;
  const reading = await readFixture(file);
  if (reading.kind === 'read') return;
  for (const { message, line = 1, column = 1 } of reading.faults) {
    report({
      rule: 'fixture-schema',
      place: { file, line, column },
      message,
      hint: 'docs/fixtures.md tells what a fixture holds',
    });
  }
}
