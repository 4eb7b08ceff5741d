/** What `braid validate` says of a file: a finding, where it stands, and how it could be mended. Pure. */
import type { RuleId } from './rules.ts';

/** A note counts for nothing; a warning fails with `--strict` only. */
export type Severity = 'error' | 'warning' | 'note';

/** A place in a file; lines and columns count from 1, columns in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A piece of a file's text and what takes its place; `offset` and `length` in UTF-16 units. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** The one right answer to a finding. `what`: as an imperative without its end. */
export interface Fix {
  readonly file: string;
  readonly what: string;
  readonly edits: readonly Edit[];
}

/** Something that an operator should know. `message`: a sentence without its end; `hint`: what to do, maybe empty. */
export interface Finding {
  readonly rule: RuleId;
  readonly place: Place;
  readonly message: string;
  readonly hint: string;
  readonly fix?: Fix;
}

/** Takes findings as they are made. */
export type Report = (finding: Finding) => void;
