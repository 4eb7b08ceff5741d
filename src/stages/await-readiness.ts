/** The file by which another network's agent says that it is ready (`readinessFile`): an ADD waits for it as Multus does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '../deadline.ts';
import { CniError, ErrorCode } from '../errors.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { Ports } from './ports.ts';

/** What Multus waits; a runtime's own deadline is far longer. */
const LIMIT_MS = 45_000;
const PAUSE_MS = 250;

type ReadinessPorts = Pick<Ports, 'isThere' | 'signal'>;

/** Returns when the file is there. Throws: code 11 when it is not after 45 s, or when we are told to stop. */
export async function awaitReadiness(request: CniRequest, ports: ReadinessPorts, limitMs = LIMIT_MS): Promise<void> {
  if (!readinessFault(request, ports)) return;
  await withDeadline(ports.signal, limitMs, async (signal) => {
    while (!signal.aborted && readinessFault(request, ports)) {
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  });
  const fault = readinessFault(request, ports);
  if (fault)
    throw new CniError(ErrorCode.tryAgain, fault, 'the agent of the default network writes it when it is ready');
}

/** Why no pod can be served yet, or `undefined`. */
export function readinessFault({ config }: CniRequest, { isThere }: Pick<Ports, 'isThere'>): string | undefined {
  const file = config.readinessFile;
  return file === undefined || isThere(file) ? undefined : `the readiness file ${file} is not there`;
}
