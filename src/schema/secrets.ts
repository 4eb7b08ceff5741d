/**
 * Configurations without what must not be shown: by the names of keys, and by what a text looks like. Pure.
 *
 * Configurations of plugins have no schema of ours, so this errs towards hiding; what is hidden is replaced, never dropped.
 */
import { HIDDEN, hideInPlainText, isSecretKey } from './secret-texts.ts';

/** Of an HTTP request; some of them are keys, whatever they are called. */
const HEADERS_KEY = /^headers$/i;

/** A copy of a JSON value without its secrets. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return hideInText(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (HEADERS_KEY.test(key)) return [key, hiddenHeaders(item)];
      return [key, isSecretKey(key) || (key === 'value' && isNamedSecret(value)) ? hidden(item) : withoutSecrets(item)];
    }),
  );
}

function hiddenHeaders(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return hidden(item);
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, hidden(value)]));
}

/** `{name: "TOKEN", value: …}`, as in lists of variables. */
function isNamedSecret(object: object): boolean {
  return 'name' in object && typeof object.name === 'string' && isSecretKey(object.name);
}

/** A flag or a number tells nobody anything; of a list or an object, whatever its own keys are called, every text is hidden. */
function hidden(item: unknown): unknown {
  if (typeof item === 'string') return item === '' ? '' : HIDDEN;
  if (Array.isArray(item)) return item.map(hidden);
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, hidden(value)]));
}

/** A text without what looks like a secret; one that is JSON is looked into. Never throws. */
export function hideInText(text: string): string {
  if (!/^\s*[[{]/.test(text)) return hideInPlainText(text);
  try {
    const value: unknown = JSON.parse(text);
    const hidden = JSON.stringify(withoutSecrets(value));
    // As it was written, where nothing is hidden: messages tell lines and columns.
    return hidden === JSON.stringify(value) ? text : hidden;
  } catch {
    // It is no JSON, or is nested so deeply that nobody can walk through it.
    return hideInPlainText(text);
  }
}

/** CNI_ARGS without the values of keys that name secrets; `annotations`: what is shown of K8S_ANNOT, which is all a pod says. */
export function argsWithoutSecrets(args: string, annotations: (text: string) => string = () => HIDDEN): string {
  let isAfterAnnotations = false;
  const pairs = args.split(';').map((pair) => {
    const [, key, value = ''] = /^([^=]*)=([\s\S]*)$/.exec(pair) ?? [];
    // A semicolon in an annotation ends the pair for every reader; what comes after it is still the pod's.
    if (isAfterAnnotations && !/^[\w.-]+$/.test(key ?? '')) return HIDDEN;
    if (key === undefined || key === '') return hideInText(pair);
    if (key !== 'K8S_ANNOT') return `${key}=${isSecretKey(key) && value !== '' ? HIDDEN : hideInText(value)}`;
    isAfterAnnotations = true;
    return `${key}=${annotations(value)}`;
  });
  return pairs.join(';');
}
