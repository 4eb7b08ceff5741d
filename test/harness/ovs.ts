/** Open vSwitch on a test node, without its kernel module: its datapath in a process, its files in the node's folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestNode } from './test-node.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/** A switch that runs until its node is disposed of. */
export interface OpenVswitch {
  /** Runs `ovs-vsctl`; answers what it printed. Throws: an Error with its words. */
  configure(...args: readonly string[]): Promise<string>;
  /** The hardware addresses that the bridge has seen: a line each of port, VLAN, address and age. */
  learned(bridge: string): Promise<string>;
}

/**
 * Starts the database and the switch, without a bridge.
 * Throws: an Error with the words of the program that failed.
 */
export async function startOpenVswitch(node: TestNode): Promise<OpenVswitch> {
  const dir = join(node.dir, 'ovs');
  mkdirSync(dir);
  const database = join(dir, 'conf.db');
  const remote = `unix:${join(dir, 'db.sock')}`;
  const env = { OVS_RUNDIR: dir, OVS_DBDIR: dir, OVS_LOGDIR: dir, OVS_SYSCONFDIR: dir };
  const run = async (...argv: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await node.exec(argv, { env });
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return stdout;
  };
  const configure = (...args: readonly string[]) => run('ovs-vsctl', `--db=${remote}`, '--timeout=10', ...args);
  // With --detach they return when they serve.
  const daemon = (program: string, ...args: readonly string[]) =>
    run(program, ...args, '--no-chdir', '--detach', `--pidfile=${join(dir, `${program}.pid`)}`, '--log-file');
  await run('ovsdb-tool', 'create', database, SCHEMA);
  await daemon('ovsdb-server', database, `--remote=p${remote}`);
  await configure('--no-wait', 'init');
  await daemon('ovs-vswitchd', remote);
  return { configure, learned: (bridge) => run('ovs-appctl', '-t', 'ovs-vswitchd', 'fdb/show', bridge) };
}
