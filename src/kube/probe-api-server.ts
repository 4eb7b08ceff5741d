/** Can the API server be asked, does it answer, and does it know us? */
import { errorText } from '../errors.ts';
import type { OpenKubeClient } from './kube-client.ts';

const UNAUTHORIZED = 401;

/** Why it could not even be tried: the credentials cannot be loaded. Never throws. */
export async function probeCredentials(open: OpenKubeClient, deadline: AbortSignal): Promise<string | undefined> {
  return open(deadline).then(() => undefined, errorText);
}

/**
 * Why an ADD could not ask it now, or `undefined`. One GET of `/version`, which every authenticated client may read.
 * Never throws.
 */
export async function probeApiServer(open: OpenKubeClient, deadline: AbortSignal): Promise<string | undefined> {
  try {
    const response = await (await open(deadline)).get('/version', deadline);
    if (response.kind === 'unreachable') return response.cause;
    const isStranger = response.kind === 'refused' && response.status === UNAUTHORIZED;
    return isStranger ? `the API server refuses our credentials: ${response.message}` : undefined;
  } catch (cause) {
    return errorText(cause);
  }
}
