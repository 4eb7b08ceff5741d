/** How an explained pod is called. Pure. */
import type { PodTitle } from './explanation.ts';

/** The namespace of a pod that is in none that is known. */
export const NO_NAMESPACE = '';

/** `namespace/name`, or the name alone, as it was asked for. */
export function titleText({ namespace, name }: Pick<PodTitle, 'namespace' | 'name'>): string {
  return namespace === NO_NAMESPACE ? name : `${namespace}/${name}`;
}
