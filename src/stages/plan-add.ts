/** Everything of an ADD that can be refused by itself, before anything has run. */
import { CniError, ErrorCode } from '../errors.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { parsePrevResult } from '../result/prev-result.ts';
import { type PlannedRequest, type PlanPorts, planRequest } from './plan-request.ts';
import type { Ports } from './ports.ts';

/** The plan, and the result of a plugin before us in a chain. */
export interface PlannedAdd extends PlannedRequest {
  readonly prevResult: ReturnType<typeof parsePrevResult>;
}

/** What it asks of the outside. */
export type PlanAddPorts = PlanPorts & Pick<Ports, 'writeStatus'>;

/** Plans the ADD of `request`. Throws: code 7 for what the request cannot have, and what planning throws. */
export async function planAdd(request: CniRequest, ports: PlanAddPorts): Promise<PlannedAdd> {
  refuseImpossibleStatus(request, ports);
  const prevResult = parsePrevResult(request.prevResult, request.cniVersion);
  return { ...(await planRequest(request, ports)), prevResult };
}

function refuseImpossibleStatus(request: CniRequest, ports: PlanAddPorts): void {
  if (request.config.statusWriteBack !== 'required' || ports.writeStatus) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    '"statusWriteBack" is "required", but there is no way to the API server',
    'set the key "kubeconfig"',
  );
}
