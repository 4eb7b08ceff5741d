/** Where the parts of an installation of Braid lie unless somebody says otherwise. Pure; none of it is for a runtime's call. */

/** Where runtimes look for networks. */
export const USUAL_CONF_DIR = '/etc/cni/net.d';

/** Where an installation puts Braid's configuration. */
export const USUAL_FILE = `${USUAL_CONF_DIR}/00-braid.conflist`;

/** Where its kubeconfig is. */
export const USUAL_KUBECONFIG = `${USUAL_CONF_DIR}/braid.kubeconfig`;

/** Where plugins are, by the runtimes' own default. */
export const USUAL_PLUGIN_DIR = '/opt/cni/bin';

/** Where plugins may be: there, or where Debian has them. */
export const USUAL_PLUGIN_DIRS: readonly string[] = [USUAL_PLUGIN_DIR, '/usr/lib/cni'];

/** Where launchers find the agent. */
export const USUAL_SOCKET = '/run/braid/agent.sock';

/** Where the agent tells of its health. */
export const USUAL_LISTEN = '127.0.0.1:9476';
