/** The keys of a CNI-Genie configuration: those that Braid honours, and those that have no meaning in it. Pure. */
import * as z from 'zod/mini';
import { logLevel, networkItems } from './key-values.ts';

const optionalText = z.optional(z.string());

/** Honoured; `default_plugin` and `log_level` are other spellings of Braid's own keys. */
export const GENIE_KEYS = {
  default_plugin: z.optional(networkItems),
  log_level: z.optional(logLevel),
  kubernetes: z.optional(z.object({ kubeconfig: optionalText, k8s_api_root: optionalText })),
  policy: z.optional(
    z.object({
      k8s_api_root: optionalText,
      k8s_auth_token: optionalText,
      k8s_client_certificate: optionalText,
      k8s_client_key: optionalText,
      k8s_certificate_authority: optionalText,
    }),
  ),
};

/** Ignored, each with the reason. */
export const IGNORED_GENIE_KEYS: Readonly<Record<string, string>> = {
  etcd_endpoints: 'Braid keeps its state in stateDir',
  datastore_type: 'Braid keeps its state in stateDir',
  hostname: 'Braid needs no node name',
  romana_root: 'put it into the configuration of romana itself',
  segment_label_name: 'put it into the configuration of romana itself',
  cAdvisor_address: 'Braid does not choose networks by cAdvisor load',
};
