/** A node in a scratch folder for the checks: all is well until a test breaks something. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import { CHECKS } from '../../src/doctor/checks.ts';
import type { ExaminedNode } from '../../src/doctor/examined-node.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { openNode } from '../../src/doctor/open-node.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';
import { madeEnvironment } from '../../src/request/made-request.ts';
import type { Ports } from '../../src/stages/ports.ts';
import { openStateDir } from '../../src/state/on-disk.ts';
import type { AttachmentRecord } from '../../src/state/state-store.ts';
import { BRAID_VERSION } from '../../src/version.ts';
import { scratchFolder, script } from '../samples/scratch.ts';

const SUPPORTED = '["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]';

/** What a test may put in the place of the real thing. */
export interface Changes {
  readonly node?: Partial<ExaminedNode>;
  readonly ports?: Partial<Ports>;
  readonly limitMs?: number;
}

export class DoctorScene {
  readonly dir = scratchFolder();
  readonly confDir = join(this.dir, 'net.d');
  readonly binDir = join(this.dir, 'bin');
  readonly stateDir = join(this.dir, 'state');
  readonly leaseDir = join(this.dir, 'leases');

  constructor() {
    for (const folder of [this.confDir, this.binDir, this.stateDir, this.leaseDir]) mkdirSync(folder);
    this.own();
    this.network('10-front.conflist', 'front', {
      ipam: { type: 'host-local', dataDir: this.leaseDir, subnet: '10.1.0.0/28' },
    });
    script(this.binDir, 'braid', `echo '{"cniVersion":"1.1.0","supportedVersions":${SUPPORTED}}'`);
    script(this.binDir, 'braid-standalone', `echo braid ${BRAID_VERSION}`);
    for (const name of ['braid-netns', 'bridge', 'host-local']) this.program(name);
  }

  /** Writes a file below the scratch folder. */
  file(path: string, content: unknown, mode = 0o600): string {
    const file = join(this.dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode });
    return file;
  }

  /** Braid's own configuration, with these keys beside those that place its folders. */
  own(keys: object = {}, name = '00-braid.conflist', mode = 0o600): string {
    const capabilities = { 'io.kubernetes.cri.pod-annotations': true };
    const plugin = { type: 'braid', confDir: this.confDir, stateDir: this.stateDir, capabilities, ...keys };
    return this.file(`net.d/${name}`, { cniVersion: '1.0.0', name: 'braid', plugins: [plugin] }, mode);
  }

  /** A network of one plugin, a bridge unless told. */
  network(file: string, name: string, keys: object = {}): string {
    return this.file(`net.d/${file}`, { cniVersion: '1.0.0', name, plugins: [{ type: 'bridge', ...keys }] });
  }

  program(name: string): string {
    return script(this.binDir, name, 'exit 0');
  }

  lease(network: string, address: string, container: string): void {
    this.file(`leases/${network}/${address}`, `${container}\r\neth0`);
  }

  record(record: AttachmentRecord): Promise<void> {
    return openStateDir(this.stateDir).write(record);
  }

  /** What a check finds, or all of them. */
  async find(name?: string, changes: Changes = {}): Promise<readonly Finding[]> {
    const { signal } = new AbortController();
    const { node, close } = openNode(
      {
        conf: undefined,
        runtimeDir: this.confDir,
        cniPath: [this.binDir],
        stateDir: undefined,
        agentSocket: join(this.dir, 'agent.sock'),
        agentListen: `unix:${join(this.dir, 'http.sock')}`,
      },
      madeEnvironment({ PATH: process.env['PATH'] ?? '' }, ''),
      signal,
    );
    onTestFinished(close);
    const ports = async () => ({ ...(await node.ports()), host: WHOLE_HOST, ...changes.ports });
    const checks = CHECKS.filter((check) => name === undefined || check.name === name);
    const { findings } = await runChecks(
      checks,
      { ...node, ports, ...changes.node },
      { signal, limitMs: 5000, ...changes },
    );
    return findings;
  }

  /** `severity id` of each. */
  async ids(name?: string, changes: Changes = {}): Promise<string[]> {
    return (await this.find(name, changes)).map(({ severity, id }) => `${severity} ${id}`);
  }
}
