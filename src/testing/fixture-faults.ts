/**
 * What is wrong with a fixture itself, in its author's words: key, value, what would be right, and where it stands. Pure.
 *
 * In: what zod found, and the shape, which knows the keys that could have been meant.
 */
import type * as z from 'zod/mini';
import { firstIssue, keyPath } from '../schema/issue-text.ts';
import { isJsonObject } from '../schema/json.ts';
import { nearestName } from '../schema/nearest-name.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A fault, and the path of the value that is at fault; `key`: of that object, the key. */
export interface ShapeFault {
  readonly path: Path;
  readonly key: string | undefined;
  readonly message: string;
}

/** The faults of a failed parse of `value`, in the order in which zod found them. */
export function shapeFaults(error: z.core.$ZodError, shape: z.core.$ZodType, value: unknown): ShapeFault[] {
  return error.issues.flatMap((issue) => faultsOf(issue, shape, value, []));
}

function faultsOf(issue: Issue, shape: z.core.$ZodType, root: unknown, above: Path): ShapeFault[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, shape));
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors, valueAt(root, path));
    if (branch) return branch.flatMap((each) => faultsOf(each, shape, root, path));
  }
  if (isKindIssue(issue) && path.length > 0 && valueAt(root, path) === undefined) {
    const key = String(path.at(-1));
    return [{ path: path.slice(0, -1), key: undefined, message: `${within(path.slice(0, -1))}needs the key "${key}"` }];
  }
  const message = firstIssue({ issues: [{ ...issue, path: [...path] }] } as unknown as z.core.$ZodError);
  return [{ path, key: undefined, message }];
}

function unknownKey(key: string, path: Path, shape: z.core.$ZodType): ShapeFault {
  const known = keysAt(shape, path);
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return { path, key, message: `${within(path)}unknown key "${key}"; ${hint}` };
}

function within(path: Path): string {
  return path.length === 0 ? '' : `"${keyPath(path)}": `;
}

/** Of the shapes that a value may have, the one whose kind the value is of: its faults are the ones that help. */
function likeliestBranch(branches: readonly (readonly Issue[])[], value: unknown): readonly Issue[] | undefined {
  const isOfKind = (issues: readonly Issue[]) => !issues.some((each) => each.path.length === 0 && isKindIssue(each));
  return isJsonObject(value) || Array.isArray(value) || typeof value === 'string' ? branches.find(isOfKind) : undefined;
}

function isKindIssue({ code }: Issue): boolean {
  return code === 'invalid_type' || code === 'invalid_value';
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | null | undefined)?.[part], root);
}

/** As much of zod's own description of a shape as is walked through here. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

/** The keys that the object at `path` may have. */
function keysAt(shape: z.core.$ZodType, path: Path): string[] {
  const definition = shape._zod.def as unknown as Definition;
  if (definition.innerType) return keysAt(definition.innerType, path);
  if (definition.options) return definition.options.flatMap((option) => keysAt(option, path));
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(definition.shape ?? {});
  const next = definition.shape?.[String(first)] ?? definition.element ?? definition.valueType;
  return next ? keysAt(next, rest) : [];
}
