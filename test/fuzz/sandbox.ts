/** The files of one fuzzed node, on a disk in memory: set up before every case, looked over after it. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PLUGINS = ['bridge', 'macvlan', 'tuning', 'host-local'];

/** The networks that every case finds unless it brings its own files. */
const NETWORKS: Readonly<Record<string, object>> = {
  '10-front.conflist': { cniVersion: '1.0.0', name: 'front', plugins: [{ type: 'bridge' }] },
  '20-storage.conflist': {
    cniVersion: '1.1.0',
    name: 'storage',
    plugins: [{ type: 'macvlan', capabilities: { mac: true } }, { type: 'tuning' }],
  },
};

/** Something in the configuration folder. */
export type ConfEntry =
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'folder' | 'dangling' | 'loop'; readonly name: string };

/** A configuration folder, a plugin folder with executables, a state folder that Braid makes. */
export class Sandbox {
  readonly root: string;
  readonly confDir: string;
  readonly binDir: string;
  readonly stateDir: string;
  #before = '';

  constructor() {
    this.root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'braid-fuzz-'));
    this.confDir = join(this.root, 'net.d');
    this.binDir = join(this.root, 'bin');
    this.stateDir = join(this.root, 'state');
    mkdirSync(this.binDir);
    for (const plugin of PLUGINS) this.plugin(plugin, 'exit 0');
  }

  /** Puts a shell script in a plugin's place. */
  plugin(name: string, ...lines: readonly string[]): void {
    const file = join(this.binDir, name);
    writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
    chmodSync(file, 0o755);
  }

  /** An empty state folder and these configuration entries, or the usual networks. */
  reset(entries?: readonly ConfEntry[]): void {
    for (const folder of [this.stateDir, this.confDir]) rmSync(folder, { recursive: true, force: true });
    mkdirSync(this.confDir);
    const usual = Object.entries(NETWORKS).map(([name, content]): ConfEntry => {
      return { kind: 'file', name, bytes: Buffer.from(JSON.stringify(content)) };
    });
    for (const entry of entries ?? usual) this.#put(entry);
    this.#before = this.#outsideState();
  }

  #put(entry: ConfEntry): void {
    const path = join(this.confDir, entry.name);
    if (existsSync(path) || isLink(path)) return;
    if (entry.kind === 'file') writeFileSync(path, entry.bytes);
    else if (entry.kind === 'folder') mkdirSync(path);
    else symlinkSync(entry.kind === 'loop' ? path : join(this.root, 'nowhere'), path);
  }

  /** Files below the state folder, relative to it. */
  stateFiles(folder = ''): string[] {
    const path = join(this.stateDir, folder);
    return existsSync(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
  }

  /** Throws when anything outside the state folder is not as `reset` left it. */
  checkUntouched(): void {
    const after = this.#outsideState();
    if (after !== this.#before) throw new Error(`written outside stateDir: ${this.#before} became ${after}`);
  }

  #outsideState(): string {
    const paths = readdirSync(this.root, { recursive: true, encoding: 'utf8' }).toSorted();
    const outside = paths.filter((path) => path !== 'state' && !path.startsWith('state/') && !path.startsWith('bin/'));
    return outside.map((path) => `${path}=${contentOf(join(this.root, path))}`).join('\n');
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function contentOf(path: string): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  return stat.isFile() ? readFileSync(path, 'latin1') : 'folder';
}
