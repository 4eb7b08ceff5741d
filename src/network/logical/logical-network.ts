/**
 * What CNI-Genie's LogicalNetwork and PhysicalNetwork come to: a plugin, a subnet, a network card. Pure.
 *
 * A physical network that is dedicated names the plugin; a shared one leaves that to the logical network. The logical
 * network's `sub_subnet` is a part of the physical network's `subnet`. CNI-Genie checks that in its admission webhook only.
 */
import * as z from 'zod/mini';
import { clipped } from '../../schema/clipped-text.ts';
import { firstIssue } from '../../schema/issue-text.ts';
import { ifNameFault } from '../../schema/names.ts';
import { canonicalSubnet, isWithin } from './subnet.ts';

/** A key that is left blank in YAML is null in JSON, and the resources have no schema that would refuse it. */
const text = z.pipe(
  z.optional(z.nullable(z.string())),
  z.transform((value) => value?.trim() ?? ''),
);

const flag = z.pipe(
  z.optional(z.nullable(z.boolean())),
  z.transform((value) => value === true),
);

const logicalShape = z.object({
  spec: z.object({ physicalNet: text, sub_subnet: text, plugin: text }),
});

const physicalShape = z.object({
  spec: z.object({
    refer_nic: text,
    sharedStatus: z.pipe(
      z.optional(z.nullable(z.object({ plugin: text, subnet: text, dedicatedNet: flag }))),
      z.transform((value) => value ?? { plugin: '', subnet: '', dedicatedNet: false }),
    ),
  }),
});

/** The `spec` of a LogicalNetwork; what is not given is empty. */
export type LogicalSpec = z.infer<typeof logicalShape>['spec'];

/** The `spec` of a PhysicalNetwork; what is not given is empty. */
export type PhysicalSpec = z.infer<typeof physicalShape>['spec'];

/** What a logical network asks of the network that `plugin` names. `subnet` is canonical. */
export interface LogicalNetwork {
  readonly plugin: string;
  readonly subnet: string | undefined;
  readonly nic: string | undefined;
}

/** Reads a LogicalNetwork. Throws: Error saying which key is wrong. */
export function parseLogical(body: unknown): LogicalSpec {
  const parsed = logicalShape.safeParse(body);
  if (parsed.success) return parsed.data.spec;
  throw new Error(firstIssue(parsed.error));
}

/** Reads a PhysicalNetwork. Throws: Error saying which key is wrong. */
export function parsePhysical(body: unknown): PhysicalSpec {
  const parsed = physicalShape.safeParse(body);
  if (parsed.success) return parsed.data.spec;
  throw new Error(firstIssue(parsed.error));
}

/** The two as one. Throws: Error saying what is missing or does not fit. */
export function deriveLogicalNetwork(logical: LogicalSpec, physical: PhysicalSpec | undefined): LogicalNetwork {
  const shared = physical?.sharedStatus;
  const chosen = (shared?.dedicatedNet && shared.plugin) || logical.plugin;
  if (chosen === '') throw new Error(missingPlugin(physical));
  const outer = subnetOf(shared?.subnet ?? '', '"subnet" of its physical network');
  const inner = subnetOf(logical.sub_subnet, '"sub_subnet"');
  if (outer !== undefined && inner !== undefined && !isWithin(inner, outer)) {
    throw new Error(`"sub_subnet" ${inner} is no part of ${outer}, the "subnet" of its physical network`);
  }
  return { plugin: chosen, subnet: inner ?? outer, nic: physical?.refer_nic || undefined };
}

/** Throws: Error when it is none. */
export function checkedNic(nic: string): string {
  const fault = ifNameFault(nic);
  if (fault) throw new Error(`"refer_nic" of its physical network is "${clipped(nic)}": ${fault.msg}`);
  return nic;
}

function subnetOf(value: string, key: string): string | undefined {
  if (value === '') return undefined;
  const subnet = canonicalSubnet(value);
  if (subnet === undefined) throw new Error(`${key} is "${clipped(value)}", which is no subnet such as 10.1.0.0/16`);
  return subnet;
}

function missingPlugin(physical: PhysicalSpec | undefined): string {
  if (!physical) return 'it has neither "physicalNet" nor "plugin"';
  return physical.sharedStatus.dedicatedNet
    ? 'neither it nor its physical network names a "plugin"'
    : 'its physical network is shared ("dedicatedNet" is not true), so it needs a "plugin" of its own';
}
