/**
 * What LevelDB files hold: IndexedDB, Local Storage, Session Storage and extension storage are kept in them.
 * https://github.com/google/leveldb/blob/main/doc/table_format.md and log_format.md
 */
import { uncompress } from 'snappyjs';

const FOOTER = 48;
const TABLE_MAGIC = Buffer.from('57fb808b247547db', 'hex');
const LOG_BLOCK = 32_768;
const LOG_HEADER = 7;
const SNAPPY = 1;

/** The blocks of an .ldb table, decompressed, and its entries with their keys put together again; `[]` for no table. */
export function readTable(file: Buffer): Buffer[] {
  if (file.length < FOOTER || !file.subarray(-8).equals(TABLE_MAGIC)) return [];
  const footer = createCursor(file.subarray(-FOOTER));
  footer.handle();
  const index = readBlock(file, footer.handle());
  const blocks = entriesOf(index).map(({ value }) => readBlock(file, createCursor(value).handle()));
  const entries = blocks.flatMap((block) => entriesOf(block).flatMap(({ key, value }) => [key, value]));
  return [...blocks, ...entries];
}

/** The records of a .log file, put together again where they cross the log's blocks. */
export function readLog(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let fragments: Buffer[] = [];
  for (let block = 0; block < file.length; block += LOG_BLOCK) {
    const end = Math.min(block + LOG_BLOCK, file.length);
    for (let at = block; at + LOG_HEADER <= end;) {
      const length = file.readUInt16LE(at + 4);
      const type = file[at + 6];
      // Full, first, middle, last: 1 to 4. Anything else is unused space.
      if (type === undefined || type < 1 || type > 4) break;
      if (type === 1 || type === 2) fragments = [];
      fragments.push(file.subarray(at + LOG_HEADER, Math.min(at + LOG_HEADER + length, end)));
      if (type === 1 || type === 4) records.push(Buffer.concat(fragments));
      at += LOG_HEADER + length;
    }
  }
  if (fragments.length > 0) records.push(Buffer.concat(fragments));
  return records;
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

function readBlock(file: Buffer, { offset, size }: Handle): Buffer {
  const block = file.subarray(offset, offset + size);
  return file[offset + size] === SNAPPY ? Buffer.from(uncompress(block)) : block;
}

/** A block's entries: each key shares its beginning with the key before it. */
function entriesOf(block: Buffer): { key: Buffer; value: Buffer }[] {
  const entries: { key: Buffer; value: Buffer }[] = [];
  const restarts = block.length < 4 ? 0 : block.readUInt32LE(block.length - 4);
  const end = block.length - 4 - restarts * 4;
  const cursor = createCursor(block);
  let key: Buffer = Buffer.alloc(0);
  while (cursor.at() < end) {
    const [shared, rest, length] = [cursor.varint(), cursor.varint(), cursor.varint()];
    key = Buffer.concat([key.subarray(0, shared), cursor.take(rest)]);
    entries.push({ key, value: cursor.take(length) });
  }
  return entries;
}

function createCursor(bytes: Buffer) {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('the varint has no end');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  return {
    at: () => at,
    varint,
    handle: (): Handle => ({ offset: varint(), size: varint() }),
    take(length: number): Buffer {
      at += length;
      return bytes.subarray(at - length, at);
    },
  };
}
