/** What zod found, in an operator's words. Pure. */
import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

/**
 * The first finding of a failed parse as `"a.b" must be a string`; a finding on the whole value has no key.
 * zod/mini carries no message texts of its own, so the wording for the kinds that our schemas use stands here.
 */
export function firstIssue(error: Pick<z.core.$ZodError, 'issues'>): string {
  const issue = error.issues[0];
  if (!issue) return 'is not valid';
  const where = keyPath(issue.path);
  const what = wording(issue);
  return where === '' ? what : `"${where}" ${what}`;
}

/** A path of keys and list positions as an operator writes it: `plugins[0].ipam.type`. */
export function keyPath(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '');
}

function wording(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return `has the unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_key':
      return firstIssue(issue);
    default:
      return issue.message === 'Invalid input' || issue.message === '' ? 'is not valid' : issue.message;
  }
}

function article(type: string): string {
  const names: Record<string, string> = { array: 'list', record: 'object', int: 'whole number' };
  const name = names[type] ?? type;
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}
