/** Traces of files, line by line: what cannot be read is told with its place, and the rest counts. Reads files. */
import { CniError, ErrorCode, errorText } from '../../errors.ts';
import { fileFault } from '../../file-fault.ts';
import { readRegularFile } from '../../read-regular-file.ts';
import { type OtlpSpan, otlpSpans } from './otlp-spans.ts';
import { type TracedRequest, tracedRequests } from './traced-request.ts';

const MB = 1_000_000;
/** More than Braid itself writes unless it is told so. */
const MOST_BYTES = 256 * MB;

/** A line that is no trace. */
export interface DamagedLine {
  readonly file: string;
  readonly line: number;
  readonly cause: string;
}

/** What was read. */
export interface ReadTraces {
  /** The oldest first. */
  readonly requests: readonly TracedRequest[];
  readonly damaged: readonly DamagedLine[];
}

/** Where a text comes from, and the text. */
export interface GivenText {
  readonly file: string;
  readonly text: string;
}

/** Reads a file. Throws: code 5 naming it and what is wrong. */
export async function readTraceFile(file: string): Promise<GivenText> {
  try {
    return { file, text: await readRegularFile(file, MOST_BYTES) };
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const what = isMissing ? `there is no file ${file}` : `cannot read ${file}: ${fileFault(cause)}`;
    throw new CniError(ErrorCode.io, what, '', { cause });
  }
}

/** The requests of all texts. Throws: code 6 where lines are there and none of them is a trace. Pure. */
export function readTraces(texts: readonly GivenText[]): ReadTraces {
  const spans: OtlpSpan[] = [];
  const damaged: DamagedLine[] = [];
  let readable = 0;
  for (const { file, text } of texts) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue;
      try {
        // Not as arguments of one call: a collector's batch may have more spans than the stack has room for.
        for (const span of otlpSpans(line)) spans.push(span);
        readable += 1;
      } catch (cause) {
        // The text that was read has one line only, which is another one in the file.
        damaged.push({ file, line: index + 1, cause: errorText(cause).replace('at line 1, column', 'at column') });
      }
    }
  }
  const [first] = damaged;
  if (first && readable === 0) {
    throw new CniError(
      ErrorCode.decoding,
      `no line of ${texts.map(({ file }) => file).join(', ')} is a trace`,
      `line ${first.line}: ${first.cause}`,
    );
  }
  return { requests: tracedRequests(spans), damaged };
}
