/**
 * What an ADD would do, as far as the first delegate: everything that the pipeline's own ADD plans, and what it would call.
 *
 * Beside `pipeline.ts` rather than in it, for no call of a runtime needs it. Nothing runs, nothing is locked or recorded.
 */
import { type WhatIsSaid, whatIsSaid } from './execute/run-chain.ts';
import { plannedRecord } from './plan/plan.ts';
import type { CniRequest } from './request/cni-request.ts';
import { readinessFault } from './stages/await-readiness.ts';
import { callContext } from './stages/chain-context.ts';
import { type PlanAddPorts, type PlannedAdd, planAdd } from './stages/plan-add.ts';
import { type Ports, say } from './stages/ports.ts';

/** The plan, and what each plugin of each attachment would be called with, in their order. */
export interface Explanation extends PlannedAdd {
  readonly calls: readonly (readonly WhatIsSaid[])[];
}

/** Explains the ADD of `request`. Throws: what that ADD would fail with. */
export async function explainAdd(
  request: CniRequest,
  ports: PlanAddPorts & Pick<Ports, 'isThere'>,
): Promise<Explanation> {
  const fault = readinessFault(request, ports);
  if (fault !== undefined) say(ports, [`${fault}: an ADD would wait for it`]);
  const planned = await planAdd(request, ports);
  const context = await callContext(request, ports, plannedRecord(planned.plan));
  const calls = planned.plan.attachments.map((chain) =>
    // What the plugin before will answer is not known yet.
    chain.plugins.map((plugin) => whatIsSaid('ADD', plugin, { chain, context, prevResult: undefined })),
  );
  return { ...planned, calls };
}
