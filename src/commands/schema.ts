/** `braid schema`: the JSON Schemas of the files that Braid reads, for editors and for CI. */
import { Argument } from 'commander';
import { writeStdout } from '../environment/standard-streams.ts';
import { BUILT_IN_SCHEMAS } from '../json-schema/built-in.ts';
import { type BuildCommand, newCommand, runCommand } from './command.ts';

/** Builds `braid schema`. */
export const schemaCommand: BuildCommand = (context) => {
  const names = BUILT_IN_SCHEMAS.map(({ name }) => name);
  return newCommand('schema', {
    description:
      'Prints the JSON Schema (draft 2020-12) of a kind of file, made from the code that reads it; without a name, which there are. docs/validate.md tells how editors take them.',
    examples: [
      ['braid schema', 'the names, and the files that each is for'],
      ['braid schema network-list > network-list.schema.json', 'a schema as a file'],
    ],
  })
    .addArgument(new Argument('[name]', 'which one').choices(names))
    .option('--json', 'print the list as JSON; a schema is JSON anyway')
    .action((name: string | undefined, { json }: { json?: boolean }) =>
      runCommand('schema', context, async () => {
        const found = BUILT_IN_SCHEMAS.find((schema) => schema.name === name);
        writeStdout(found ? `${JSON.stringify(JSON.parse(found.json), undefined, 2)}\n` : listText(json ?? false));
        return 0;
      }),
    );
};

function listText(isJson: boolean): string {
  const rows = BUILT_IN_SCHEMAS.map(({ name, title, files }) => ({ name, title, files }));
  if (isJson) return `${JSON.stringify(rows, undefined, 2)}\n`;
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(
      ({ name, title, files }) => `${name.padEnd(width)}  ${title}${files.length > 0 ? `: ${files.join(', ')}` : ''}\n`,
    )
    .join('');
}
