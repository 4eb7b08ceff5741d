/**
 * Configurations without what must not be shown: by the names of keys, and by what a text looks like. Pure.
 *
 * Configurations of plugins have no schema of ours, so this errs towards hiding; what is hidden is replaced, never dropped.
 */

/** What stands in the place of a secret. */
const HIDDEN = '(hidden)';

/** Names that secrets have in kubeconfigs, in configurations of plugins and in CNI_ARGS. */
const SECRET_KEY =
  /token|passw|passphrase|secret|credential|api.?key|private.?key|auth.?key|-data$|^(client.?key|k8s_client_key|psk|pin|auth|authorization)$/i;

/** Of an HTTP request; some of them are keys, whatever they are called. */
const HEADERS_KEY = /^headers$/i;

/** A PEM block, a bearer's token, the parts of a JSON web token. */
const SECRET_TEXT = /-----BEGIN [A-Z ]+-----|^(bearer|basic) \S+$|^eyJ[\w-]+\.[\w-]+\.[\w-]*$/i;

/** A whole kubeconfig in one text; a path to one is none. */
const KUBECONFIG_TEXT = /^\s*(apiVersion|clusters|users|contexts|kind)\s*:/m;

/** The password of a URL. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi;

/** A copy of a JSON value without its secrets. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecretText(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (HEADERS_KEY.test(key)) return [key, hiddenHeaders(item)];
      return [key, SECRET_KEY.test(key) ? hidden(item) : withoutSecrets(item)];
    }),
  );
}

function hiddenHeaders(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return hidden(item);
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, hidden(value)]));
}

/** A flag or a number tells nobody anything; objects are looked into, for their names say which part is secret. */
function hidden(item: unknown): unknown {
  if (typeof item === 'string') return item === '' ? '' : HIDDEN;
  if (Array.isArray(item)) return item.map(hidden);
  return withoutSecrets(item);
}

function withoutSecretText(text: string): string {
  if (SECRET_TEXT.test(text) || (text.includes('\n') && KUBECONFIG_TEXT.test(text))) return HIDDEN;
  return text.replaceAll(URL_PASSWORD, `$1:${HIDDEN}@`);
}

/** CNI_ARGS without the values of keys that name secrets; `K8S_ANNOT` holds whatever a pod says, and is not shown. */
export function argsWithoutSecrets(args: string): string {
  const pairs = args.split(';').map((pair) => {
    const [, key = '', value = ''] = /^([^=]*)=([\s\S]*)$/.exec(pair) ?? [];
    if (key === '') return pair;
    return key === 'K8S_ANNOT' || SECRET_KEY.test(key) ? `${key}=${HIDDEN}` : `${key}=${withoutSecretText(value)}`;
  });
  return pairs.join(';');
}
