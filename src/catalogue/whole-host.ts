/** A node that has everything, for who cannot look at one. Pure. */
import type { HostFacts } from './host-needs.ts';

export const WHOLE_HOST: HostFacts = {
  file: async () => 'there',
  kernelModule: () => 'there',
  namespace: () => 'there',
  demandSight: () => undefined,
};
