/**
 * A document whose consoles are true: its code blocks that begin with a prompt are run, and it is compared with what came.
 *
 * `$ ` is a command of anybody on a machine of their own, `# ` one of root on the node. What stands below, up to the next
 * prompt, is what it printed. Pure.
 */

/** A command of a block. */
export interface ConsoleCommand {
  readonly prompt: '$' | '#';
  /** A line that ends with a backslash goes on in the next. */
  readonly line: string;
}

/** What two runs never have in common, and what stands for it while they are compared. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  // Of containers: whole, as the journal's and the recordings' file names have them, and as lists do.
  [/\b(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{13})\b/g, 'ID'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID'],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC'],
  [/\bveth[0-9a-f]{8}\b/g, 'VETH'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d[:-]\d\d(?:\.\d+)?Z?/g, 'DATE'],
  [/\b\d+(?:\.\d+)? (?:ms|s|min)(?!\w)/g, 'TIME'],
  [/\bBraid \d+\.\d+\.\d+\b/g, 'Braid VERSION'],
  // Columns are as wide as what stands in them.
  [/ {2,}/g, '  '],
];

const BLOCK = /^```\n((?:[$#] ).*?)^```$/gms;

/** All commands, in order. */
export function commandsOf(document: string): ConsoleCommand[] {
  return [...document.matchAll(BLOCK)].flatMap(([, block = '']) => commandsIn(block));
}

/** The document with what was really printed, in the order of `commandsOf`. */
export function withPrinted(document: string, printed: readonly string[]): string {
  const left = [...printed];
  return document.replaceAll(BLOCK, (_whole, block: string) => {
    const parts = commandsIn(block).map(({ prompt, line }) => `${prompt} ${line}\n${withOneEnd(left.shift() ?? '')}`);
    return `\`\`\`\n${parts.join('\n')}\`\`\``;
  });
}

/** What has to be the same each time. */
export function withoutVarying(text: string): string {
  return VARYING.reduce((result, [pattern, word]) => result.replaceAll(pattern, word), text);
}

function commandsIn(block: string): ConsoleCommand[] {
  return block
    .split(/^(?=[$#] )/m)
    .map((text) => /^([$#]) ((?:[^\n]*\\\n)*[^\n]*)/.exec(text))
    .flatMap((match) => {
      const [, prompt, line = ''] = match ?? [];
      return prompt === '$' || prompt === '#' ? [{ prompt, line }] : [];
    });
}

/** Between two commands is an empty line, which is nobody's output. */
function withOneEnd(text: string): string {
  return text.trimEnd() === '' ? '' : `${text.trimEnd()}\n`;
}
