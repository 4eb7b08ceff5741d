/** How the verbs by hand end when they could not even be called: as a runtime's call ends, with a document or in words. */
import { writeStderr, writeStdout } from '../../environment/standard-streams.ts';
import type { CommandContext } from '../command.ts';
import { errorDocument, errorLines, jsonText } from './hand-report.ts';

/** Runs the work of a verb: what it throws becomes an error on stderr, or with `--json` the document of one, and status 1. */
export async function runByHand(
  name: string,
  { json }: { readonly json?: boolean },
  context: CommandContext,
  work: () => Promise<number>,
): Promise<void> {
  try {
    context.end(await work());
  } catch (cause) {
    tellFailure(name, { json }, cause);
    context.end(1);
  }
}

/** An error instead of a call's report: on stderr, or with `--json` as its document. */
export function tellFailure(name: string, { json }: { readonly json?: boolean | undefined }, cause: unknown): void {
  if (json) writeStdout(jsonText(errorDocument(cause)));
  else writeStderr(errorLines(name, cause));
}
