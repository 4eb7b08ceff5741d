/** The keys and certificates of one API server double: made by `openssl` when a test starts, never committed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts: the authority, and the server's pair signed by it. The authority signs client pairs too. */
export interface Certificates {
  readonly caPem: string;
  readonly caKeyPem: string;
  readonly serverCertPem: string;
  readonly serverKeyPem: string;
}

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Makes an authority and a server certificate valid for `names` (DNS names and IP addresses). */
export function makeCertificates(names: readonly string[]): Certificates {
  return inScratchFolder((dir) => {
    openssl(dir, ['req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', ...AUTHORITY]);
    const pair = sign(dir, '/CN=kube-apiserver', [
      `subjectAltName=${names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(',')}`,
      'extendedKeyUsage=serverAuth',
    ]);
    return {
      caPem: readFileSync(join(dir, 'ca.pem'), 'utf8'),
      caKeyPem: readFileSync(join(dir, 'ca.key'), 'utf8'),
      serverCertPem: pair.certPem,
      serverKeyPem: pair.keyPem,
    };
  });
}

const certificates = new Map<string, Certificates>();

/** Made once a process for the same names, since openssl takes 100 ms: such servers share their authority. */
export function certificatesFor(names: readonly string[]): Certificates {
  const key = names.join(' ');
  const made = certificates.get(key) ?? makeCertificates(names);
  certificates.set(key, made);
  return made;
}

/** Makes a client pair that the authority signed: `user` becomes the common name, which is the Kubernetes user. */
export function makeClientPair(authority: Certificates, user: string): KeyPair {
  return inScratchFolder((dir) => {
    writeFileSync(join(dir, 'ca.pem'), authority.caPem);
    writeFileSync(join(dir, 'ca.key'), authority.caKeyPem);
    return sign(dir, `/O=system:nodes/CN=${user}`, ['extendedKeyUsage=clientAuth']);
  });
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const AUTHORITY = ['-days', '2', '-subj', '/CN=kubernetes', '-addext', 'basicConstraints=critical,CA:TRUE'];

function sign(dir: string, subject: string, extensions: readonly string[]): KeyPair {
  writeFileSync(join(dir, 'leaf.ext'), extensions.join('\n'));
  openssl(dir, ['req', '-new', ...NEW_KEY, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', subject]);
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'leaf.ext'];
  openssl(dir, ['x509', '-req', '-in', 'leaf.csr', '-out', 'leaf.pem', ...signing]);
  return { certPem: readFileSync(join(dir, 'leaf.pem'), 'utf8'), keyPem: readFileSync(join(dir, 'leaf.key'), 'utf8') };
}

function openssl(dir: string, args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
}

function inScratchFolder<T>(work: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'api-server-certificates-'));
  try {
    return work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
