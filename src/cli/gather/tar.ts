// A tar archive of plain files (POSIX.1-2001, "ustar Interchange Format"). It is written here, in forty lines, because every
// package in this program runs beside the credentials of all clusters. Pure.

const BLOCK = 512
const NAME_BYTES = 100
const PREFIX_BYTES = 155

/** A file of an archive. */
export interface ArchiveFile {
  /** ASCII, with "/" between folders; each name has at most 100 characters, and the folders together 155. */
  readonly path: string
  readonly content: string
}

/** The end of an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * BLOCK)

/** The blocks of one file; `mtime` is in seconds since 1970. Throws RangeError for a path that does not fit. */
export function tarBlocks({ path, content }: ArchiveFile, mtime: number): Buffer {
  const bytes = Buffer.from(content)
  const blocks = Buffer.alloc(BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK)
  const slash = path.length <= NAME_BYTES ? -1 : path.lastIndexOf('/')
  const [prefix, name] = slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
  if (name.length > NAME_BYTES || prefix.length > PREFIX_BYTES) {
    throw new RangeError(`${path} is too long for the archive`)
  }
  const octal = (value: number, length: number) => value.toString(8).padStart(length, '0')
  blocks.write(name, 0, 'latin1')
  blocks.write(octal(0o644, 7), 100)
  blocks.write(octal(0, 7), 108)
  blocks.write(octal(0, 7), 116)
  blocks.write(octal(bytes.length, 11), 124)
  blocks.write(octal(mtime, 11), 136)
  // The checksum counts its own field as spaces.
  blocks.write('        0', 148)
  blocks.write('ustar\0' + '00', 257, 'latin1')
  blocks.write(prefix, 345, 'latin1')
  const sum = blocks.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0)
  blocks.write(`${octal(sum, 6)}\0`, 148, 'latin1')
  bytes.copy(blocks, BLOCK)
  return blocks
}
