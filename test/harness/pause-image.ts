/**
 * The sandbox ("pause") image of the containerd tests: one program that sleeps until it is killed.
 *
 * Put together here byte by byte, so that no test pulls an image and none needs a compiler. Out: an OCI image layout in
 * a tar file, as `ctr images import` takes it. Pure but for the one file written.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { type TarEntry, tarArchive } from './tar-archive.ts';

/** The name under which `ctr images import` stores the image. */
export const pauseImageName = 'braid.test/pause:1';

/** Writes the image to `path`. Throws: an Error on a processor for which the program is not known. */
export async function writePauseImage(path: string): Promise<void> {
  const layer = tarArchive([{ path: 'pause', mode: 0o755, data: pauseProgram() }]);
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: ['/pause'] },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const named = {
    ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
    annotations: { 'io.containerd.image.name': pauseImageName },
  };
  const index = json({ schemaVersion: 2, manifests: [named] });
  const layout = json({ imageLayoutVersion: '1.0.0' });
  await writeFile(
    path,
    tarArchive([file('oci-layout', layout), file('index.json', index), blob(config), blob(manifest), blob(layer)]),
  );
}

/** A static ELF executable: one segment, three instructions. */
function pauseProgram(): Buffer {
  if (process.arch !== 'x64')
    throw new Error(`no pause program for ${process.arch}: add its instructions to pause-image.ts`);
  const headerBytes = 64;
  const segmentHeaderBytes = 56;
  const loadAddress = 0x400000n;
  // again: mov eax, 34 (pause); syscall; jmp again. Never ends by itself: the runtime kills sandboxes with SIGKILL.
  const code = Buffer.from([0xb8, 0x22, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xeb, 0xf7]);
  const codeOffset = headerBytes + segmentHeaderBytes;
  const elf = Buffer.alloc(codeOffset + code.length);
  elf.write('\x7fELF\x02\x01\x01', 'latin1'); // 64 bit, little-endian, version 1
  elf.writeUInt16LE(2, 16); // executable
  elf.writeUInt16LE(62, 18); // x86-64
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(loadAddress + BigInt(codeOffset), 24); // entry
  elf.writeBigUInt64LE(BigInt(headerBytes), 32); // where the segment headers are
  elf.writeUInt16LE(headerBytes, 52);
  elf.writeUInt16LE(segmentHeaderBytes, 54);
  elf.writeUInt16LE(1, 56); // one segment: the whole file
  elf.writeUInt32LE(1, headerBytes); // to be loaded
  elf.writeUInt32LE(5, headerBytes + 4); // readable, executable
  elf.writeBigUInt64LE(loadAddress, headerBytes + 16);
  elf.writeBigUInt64LE(loadAddress, headerBytes + 24);
  elf.writeBigUInt64LE(BigInt(elf.length), headerBytes + 32);
  elf.writeBigUInt64LE(BigInt(elf.length), headerBytes + 40);
  elf.writeBigUInt64LE(0x1000n, headerBytes + 48);
  code.copy(elf, codeOffset);
  return elf;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digest(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

function descriptor(mediaType: string, data: Buffer): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: digest(data), size: data.length };
}

function file(path: string, data: Buffer): TarEntry {
  return { path, mode: 0o644, data };
}

function blob(data: Buffer): TarEntry {
  return file(`blobs/${digest(data).replace(':', '/')}`, data);
}
