/**
 * Secrets in a text that nobody parses: a log, an error, a file with a fault. Pure.
 *
 * Texts come from plugins and may be as long as they like, so no pattern here may look at a character more often than a few
 * times: each begins where a word or a line does.
 */

/** What stands in the place of a secret. */
export const HIDDEN = '(hidden)';

/** Names that secrets have in kubeconfigs, in configurations of plugins and in CNI_ARGS. */
const SECRET_KEY =
  /token|passw|passphrase|pwd|secret|credential|api.?key|private.?key|pre.?shared.?key|auth.?key|-data$|(^|[_.-])pass$|^(client.?key|k8s_client_key|psk|pin|auth|authorization)$/i;

/** Whether a key of this name holds a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** A PEM block, credentials of HTTP. */
const SECRET_WHOLE = /-----BEGIN [A-Z ]+-----|^basic \S+$/i;

/** A whole kubeconfig; a path to one is none, and a profile of a plugin has a `kind`, too. */
const KUBECONFIG = /^[ \t]*(?:(?:clusters|users|contexts)[ \t]*:|kind[ \t]*:[ \t]*Config\b)/m;

/** In a URL. */
const URL_PASSWORD = /(:\/\/[^\s/:@]*):[^\s/@]+@/g;

/** The parts of a JSON web token. */
const WEB_TOKEN = /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/** Of an HTTP request. */
const BEARER = /(?<![\w-])(authorization["']?[ \t]*[:=][ \t]*["']?(?:\w+[ \t]+)?|bearer[ \t]+)[^\s"',;]+/gi;

/** A text without what looks like a secret, and without the values of keys that name one. */
export function hideInPlainText(text: string): string {
  if (SECRET_WHOLE.test(text) || (text.includes('\n') && KUBECONFIG.test(text))) return HIDDEN;
  const hidden = text
    .replaceAll(URL_PASSWORD, `$1:${HIDDEN}@`)
    .replaceAll(WEB_TOKEN, HIDDEN)
    .replaceAll(BEARER, `$1${HIDDEN}`);
  return hideValuesOfKeys(hidden);
}

/** A word, and what makes it a key: `--key value`, `key "value"`, `"key": value`, `key=value`. */
const KEY = /(?<![\w.-])(?:(--?[\w.-]+)[ \t]+(?=[^\s=:-])|([\w.-]+)(?:[ \t]+(?=\\*["'])|\\*["']?[ \t]*[:=][ \t]*))/g;

/** What follows: a string with its escapes, one inside a string, or a word. */
const VALUE = /"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|\\+"[^"\n]*"?|[^\s,;}\]]+/y;

/** In YAML, a value that stands on the lines after its key. */
const BLOCK_BEGINNING = /(?:[|>][-+\d]*)?[ \t]*\r?\n/y;

function hideValuesOfKeys(text: string): string {
  const key = new RegExp(KEY);
  let hidden = '';
  let at = 0;
  for (let found = key.exec(text); found; found = key.exec(text)) {
    if (!isSecretKey(found[1] ?? found[2] ?? '')) continue;
    const start = key.lastIndex;
    const end = endOfBlock(text, found.index, start) ?? endOfValue(text, start);
    if (end === start) continue;
    hidden += text.slice(at, start) + hiddenValue(text, start);
    at = end;
    key.lastIndex = end;
  }
  return hidden + text.slice(at);
}

/** Quoted as the value is, and apart from a key that has it on the next line, so that the text stays what it is. */
function hiddenValue(text: string, start: number): string {
  if (text[start] === '"' || text[start] === "'") return `"${HIDDEN}"`;
  return /[\r\n]/.test(text[start] ?? '') ? ` ${HIDDEN}` : HIDDEN;
}

function endOfValue(text: string, start: number): number {
  const value = new RegExp(VALUE);
  value.lastIndex = start;
  return value.test(text) ? value.lastIndex : start;
}

/** Of the lines that are indented deeper than that of the key, or are items below it; `undefined`: the value is not there. */
function endOfBlock(text: string, keyAt: number, start: number): number | undefined {
  const beginning = new RegExp(BLOCK_BEGINNING);
  beginning.lastIndex = start;
  if (!beginning.test(text)) return undefined;
  const lineAt = text.lastIndexOf('\n', keyAt) + 1;
  const depth = indentOf(text, lineAt);
  let end = beginning.lastIndex;
  while (end < text.length) {
    const next = text.indexOf('\n', end);
    const indent = indentOf(text, end);
    const isItem = indent === depth && text.startsWith('- ', end + indent);
    if (indent <= depth && !isItem && text.slice(end, next === -1 ? undefined : next).trim() !== '') break;
    end = next === -1 ? text.length : next + 1;
  }
  // The line break before what follows is nobody's secret.
  return end < text.length ? end - 1 : end;
}

function indentOf(text: string, lineAt: number): number {
  let at = lineAt;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at - lineAt;
}
