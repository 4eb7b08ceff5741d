/** One requirement of the CNI specification, its reference implementation, or of safety in a plugin that runs plugins. */
export interface Requirement {
  /** `P7`: plugin side; `R13`: runtime side; `M19`: what only a meta-plugin meets. */
  readonly id: string;
  /** What is demanded, in one line. */
  readonly line: string;
  /** Where Braid does otherwise on purpose, and why. */
  readonly deviation?: string;
}
