/**
 * Makes a fresh clone ready: dependencies, Debian's packages, the build. Plain JavaScript without dependencies, since it
 * runs before there are any, on whatever Node is there.
 *
 *   node test/set-up.mjs             dependencies and build, each only when missing or older than its sources
 *   node test/set-up.mjs --system    Debian's packages as well, when root on Debian (or a relative of it)
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const env = { ...process.env, PATH: `${join(project, 'node_modules/.bin')}:${process.env.PATH}` };

/** A command that must be there, and the Debian package that has it. */
const SYSTEM = [
  ['/usr/lib/cni/bridge', 'containernetworking-plugins'],
  ['ip', 'iproute2'],
  ['iptables', 'iptables'],
  ['nft', 'nftables'],
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['ping', 'iputils-ping'],
  ['nsenter', 'util-linux'],
  ['openssl', 'openssl'],
  ['musl-gcc', 'musl-tools'],
  ['strace', 'strace'],
  // A DHCP server, for the plugin dhcp.
  ['dnsmasq', 'dnsmasq-base'],
  // A switch of its own in a test's namespace; nothing of it needs the service that Debian may start.
  ['ovs-vswitchd', 'openvswitch-switch'],
  // A browser that looks at the page of traces.
  ['chromium', 'chromium'],
  // The kernel's headers for musl-gcc, and what a test builds with gcc's sanitizers.
  ['/usr/include/stdio.h', 'libc6-dev'],
];

// Both wait for the network most of the time.
await Promise.all([process.argv.includes('--system') ? installSystemPackages() : undefined, installDependencies()]);
build();
copyNotices();
buildDouble();

async function installSystemPackages() {
  const missing = SYSTEM.filter(([command]) => !isThere(command)).map(([, name]) => name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isThere('apt-get')) {
    console.log(`Not installed, and this is not root on Debian: ${missing.join(', ')}. What needs them is left out.`);
    return;
  }
  console.log(`Installing from Debian: ${missing.join(', ')}`);
  const apt = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  await runBeside('apt-get', ['update', '-qq'], apt);
  await runBeside('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], apt);
}

function isThere(command) {
  if (command.startsWith('/')) return existsSync(command);
  return (
    spawnSync('sh', ['-c', `command -v ${command}`], { env: { ...env, PATH: `${env.PATH}:/usr/sbin:/sbin` } })
      .status === 0
  );
}

async function installDependencies() {
  const stamp = join(project, 'node_modules/.package-lock.json');
  if (existsSync(stamp) && mtime(stamp) >= mtime(join(project, 'package-lock.json'))) return;
  console.log('Installing the dependencies of the lockfile');
  await runBeside('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

function build() {
  const made = ['cni/braid-standalone', 'braid.mjs', 'meta/node.json', 'meta/compiled.json'].map((file) =>
    join(project, 'dist', file),
  );
  // Where it cannot be built it is not missed, or all would be built anew each time.
  if (isThere('musl-gcc')) made.push(join(project, 'dist/cni/braid'), join(project, 'dist/cni/braid-netns'));
  const newest = Math.max(
    mtime(join(project, 'package-lock.json')),
    mtime(join(project, 'package.json')),
    newestBelow(join(project, 'src')),
  );
  if (made.every((file) => existsSync(file) && mtime(file) >= newest)) return;
  console.log(`Building ${made.map((file) => relative(project, file)).join(', ')}`);
  run('npm', ['run', '--silent', 'build']);
}

/** Made after the build, from what was bundled, so it can be newer than all else. */
function copyNotices() {
  const copy = join(project, 'dist/THIRD-PARTY.md');
  if (existsSync(copy) && mtime(copy) >= mtime(join(project, 'THIRD-PARTY.md'))) return;
  run('npm', ['run', '--silent', 'build:notices']);
}

/** The plugin that the suites start most often, which is no part of what is delivered. */
function buildDouble() {
  const made = join(project, 'dist/doubles/scripted-delegate');
  const sources = ['test/doubles/scripted-delegate.mjs', 'package-lock.json', 'package.json'];
  if (existsSync(made) && sources.every((file) => mtime(made) >= mtime(join(project, file)))) return;
  run('npm', ['run', '--silent', 'build:double']);
}

function newestBelow(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const times = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? newestBelow(path) : mtime(path);
  });
  return Math.max(mtime(folder), ...times);
}

function mtime(path) {
  return statSync(path).mtimeMs;
}

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: project, env, stdio: 'inherit', ...options });
  judge(command, args, { status, error });
}

/** The same beside another. */
async function runBeside(command, args, options = {}) {
  const child = spawn(command, args, { cwd: project, env, stdio: 'inherit', ...options });
  const end = await new Promise((ended) => {
    child.once('error', (error) => ended({ error }));
    child.once('close', (status) => ended({ status }));
  });
  judge(command, args, end);
}

function judge(command, args, { status, error }) {
  if (status === 0) return;
  console.error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}
