/**
 * The bandwidth that runtimes read from a pod's annotations and hand over as the capability of that name. Pure.
 *
 * Rates are in bits per second. Bursts are what containerd gives, which is no limit; CRI-O gives eight times that.
 */
import type { Bandwidth } from '../../selection/selection.ts';

const BURST = 2 ** 32 - 1;

/** Where a runtime refuses the pod. */
const LEAST = 1e3;
const MOST = 1e15;

/** `undefined`: the annotations ask for none, or for one with which no runtime would call a plugin. */
export function annotatedBandwidth(annotations: Readonly<Record<string, string>>): Bandwidth | undefined {
  const ingressRate = rateOf(annotations['kubernetes.io/ingress-bandwidth']);
  const egressRate = rateOf(annotations['kubernetes.io/egress-bandwidth']);
  if (ingressRate === undefined && egressRate === undefined) return undefined;
  return {
    ...(ingressRate === undefined ? {} : { ingressRate, ingressBurst: BURST }),
    ...(egressRate === undefined ? {} : { egressRate, egressBurst: BURST }),
  };
}

const QUANTITY = /^\+?(\d+\.?\d*|\.\d+)(?:([numkMGTPE]?)|([KMGTPE])i|[eE]([+-]?\d+))$/;

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** A quantity of Kubernetes, rounded up: `10M`, `1.5Gi`, `2e6`. */
function rateOf(text: string | undefined): number | undefined {
  const [, digits, decimal = '', binary = '', exponent = '0'] = QUANTITY.exec(text ?? '') ?? [];
  if (digits === undefined) return undefined;
  const powerOf10 = (DECIMAL[decimal] ?? 0) + Number(exponent);
  const rate = Math.ceil(Number(`${digits}e${powerOf10}`) * 1024 ** ('KMGTPE'.indexOf(binary || '-') + 1));
  return rate >= LEAST && rate <= MOST ? rate : undefined;
}
