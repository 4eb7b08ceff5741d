/** All checks, in the order in which they are told of where they are of equal weight. */
import { checkAgent } from './check-agent.ts';
import { checkApiServer } from './check-api-server.ts';
import { checkConfiguration } from './check-configuration.ts';
import { checkDisk } from './check-disk.ts';
import { checkHost } from './check-host.ts';
import { checkInterfaces } from './check-interfaces.ts';
import { checkJournal } from './check-journal.ts';
import { checkLeases } from './check-leases.ts';
import { checkNetworks } from './check-networks.ts';
import { checkPlugins } from './check-plugins.ts';
import type { Check } from './finding.ts';

export const CHECKS: readonly Check[] = [
  checkConfiguration,
  checkNetworks,
  checkPlugins,
  checkHost,
  checkApiServer,
  checkAgent,
  checkJournal,
  checkLeases,
  checkInterfaces,
  checkDisk,
];
