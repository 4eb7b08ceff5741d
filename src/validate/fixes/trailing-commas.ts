/** JSON whose only fault is a comma after the last member of an object or list. Pure. */
import { jsonFault } from '../../schema/json-fault.ts';
import type { Edit, Fix } from '../finding.ts';

/** More than this in one file is no slip. */
const MOST = 100;

/** Without those commas the text is JSON; `undefined` where it is not. */
export function trailingCommas(file: string, text: string): Fix | undefined {
  const edits: Edit[] = [];
  let rest = text;
  for (let fault = jsonFault(rest); fault; fault = jsonFault(rest)) {
    const before = rest.slice(0, fault.offset).trimEnd();
    const isTrailing = before.endsWith(',') && ['}', ']'].includes(rest.charAt(fault.offset));
    if (!isTrailing || edits.length === MOST) return undefined;
    const offset = before.length - 1;
    // A blank in its place keeps the offsets of what follows.
    rest = `${rest.slice(0, offset)} ${rest.slice(offset + 1)}`;
    edits.push({ offset, length: 1, text: '' });
  }
  return edits.length === 0 ? undefined : { file, what: 'take the comma after the last member away', edits };
}
