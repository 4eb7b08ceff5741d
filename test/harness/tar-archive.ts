/** A tar archive (ustar) of plain files and folders, just enough for an image. Pure. */

/** A file, or a folder when `path` ends in a slash. `path`: at most 100 bytes. */
export type TarEntry = { readonly path: string; readonly mode: number; readonly data: Buffer };

const blockBytes = 512;

/** The archive of `entries`, owned by root, without times: the same entries always give the same bytes. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => [header(entry), entry.data, Buffer.alloc(padding(entry.data.length))]);
  const end = Buffer.alloc(2 * blockBytes);
  return Buffer.concat([...blocks, end]);
}

function header({ path, mode, data }: TarEntry): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  block.write(path, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108); // owner
  block.write(octal(0, 7), 116); // group
  block.write(octal(data.length, 11), 124);
  block.write(octal(0, 11), 136); // time
  block.write(path.endsWith('/') ? '5' : '0', 156);
  block.write('ustar\0', 257);
  block.write('00', 263);
  // The checksum is taken with its own field as spaces.
  block.fill(' ', 148, 156);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${octal(checksum, 6)}\0 `, 148);
  return block;
}

function padding(length: number): number {
  return (blockBytes - (length % blockBytes)) % blockBytes;
}
