/** Certificates, keys and tokens as they lie on disk or in a configuration, each checked for what it should be. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type KubeTls, type SettingPlace, settingError } from './kube-access.ts';

/** A setting that is given as base64 in the configuration, or as a file; the former wins, as in client-go. */
export interface PemSetting {
  readonly place: SettingPlace;
  /** Folder that a relative path is relative to. */
  readonly folder: string;
  readonly data: string | null | undefined;
  readonly path: string | null | undefined;
  readonly content: 'certificate' | 'private key';
}

/**
 * The PEM text of a setting, or undefined when it is not given. Reads disk.
 * Throws: invalidConfig when it cannot be read or is not PEM: an empty authority would mean "trust the usual ones".
 */
export async function loadPem({ place, folder, data, path, content }: PemSetting): Promise<string | undefined> {
  if (data) {
    const at = { ...place, key: `${place.key}-data` };
    return checkPem(Buffer.from(data, 'base64').toString(), { content, place: at, subject: '' });
  }
  if (!path) return undefined;
  const file = resolve(folder, path);
  return checkPem(await readCredential(place, file), { content, place, subject: `"${file}" ` });
}

/**
 * A client certificate and its key, or neither. Reads disk.
 * Throws: invalidConfig as `loadPem`, and when one stands without the other.
 */
export async function loadClientPair(certificate: PemSetting, privateKey: PemSetting): Promise<KubeTls> {
  const [cert, key] = await Promise.all([loadPem(certificate), loadPem(privateKey)]);
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return {};
  const [given, missing] = cert === undefined ? [privateKey, certificate] : [certificate, privateKey];
  throw settingError(given.place, `is given without ${missing.place.key}: give both`);
}

/**
 * The token in a file, read now: whoever rotates it replaces the file. Reads disk.
 * Throws: invalidConfig when it cannot be read, is empty, or cannot be sent as a header.
 */
export async function loadToken(place: SettingPlace, file: string): Promise<string> {
  return checkToken(await readCredential(place, file), place, `"${file}" `);
}

/** A token without the white space around it. Throws: invalidConfig when nothing is left or it is no header value. */
export function checkToken(text: string, place: SettingPlace, subject = ''): string {
  const token = text.trim();
  if (token === '') throw settingError(place, `${subject}is empty: put a bearer token into it`);
  if (!/^[\x21-\x7e]+$/.test(token)) throw settingError(place, `${subject}is not a bearer token: it holds white space`);
  return token;
}

/** A file's text. Throws: invalidConfig with the reason in words. */
async function readCredential(place: SettingPlace, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw settingError(place, `"${file}": cannot read it: ${readFailure(error)}`);
  }
}

/** Why a file could not be read, in words. */
export function readFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return { ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'it is a folder' }[code] ?? code;
}

interface PemCheck {
  readonly content: PemSetting['content'];
  readonly place: SettingPlace;
  readonly subject: string;
}

const PEM_BLOCK = {
  certificate: /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/,
  'private key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
};

function checkPem(text: string, { content, place, subject }: PemCheck): string {
  if (PEM_BLOCK[content].test(text)) return text;
  throw settingError(place, `${subject}holds no PEM ${content}`);
}
