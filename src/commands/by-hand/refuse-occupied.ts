/**
 * Before anything is attached to a namespace that others have used: are the interfaces to be made there already?
 *
 * A plugin that finds its interface taken fails, and the rollback of its ADD would be a DEL of what somebody else made.
 */
import { CniError, ErrorCode, errorText } from '../../errors.ts';
import { readNamespace } from '../../execute/namespace-helper.ts';
import type { ChainContext } from '../../execute/run-chain.ts';
import type { Plan } from '../../plan/plan.ts';

/** Throws: code 100 for the first interface of the plan that is there. What cannot be looked at is said in the log. */
export async function refuseOccupied({ attachments }: Plan, context: ChainContext): Promise<void> {
  const there = await linksIn(context);
  const wanted = attachments.find(({ ifName }) => there.includes(ifName));
  if (!wanted) return;
  throw new CniError(
    ErrorCode.alreadyAttached,
    `the namespace ${context.netns} has an interface ${wanted.ifName} already, which network "${wanted.network}" would get`,
    'somebody else made it, and to take back a failed ADD would delete it; choose another name or namespace',
  );
}

async function linksIn(context: ChainContext): Promise<string[]> {
  try {
    return (await readNamespace([], context)).links.map(({ name }) => name);
  } catch (cause) {
    context.signal.throwIfAborted();
    context.log.warn(
      { cause: errorText(cause) },
      'whether interfaces of these names are there already was not looked at',
    );
    return [];
  }
}
