/** What lies compressed in a file of the browser's caches and databases. */
import * as zlib from 'node:zlib';
import { uncompress } from 'snappyjs';

/** Stops where the data stops, so that a stream may be cut or have other bytes after it. */
const LENIENT = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
const BROTLI = { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH };
const ZSTD = { finishFlush: zlib.constants.ZSTD_e_flush };

const SIGNED: readonly (readonly [how: string, start: Buffer, open: (bytes: Buffer) => Uint8Array])[] = [
  ['gzip', Buffer.from('1f8b08', 'hex'), gunzip],
  ['zlib', Buffer.from('7801', 'hex'), (bytes) => zlib.inflateSync(bytes, LENIENT)],
  ['zlib', Buffer.from('785e', 'hex'), (bytes) => zlib.inflateSync(bytes, LENIENT)],
  ['zlib', Buffer.from('789c', 'hex'), (bytes) => zlib.inflateSync(bytes, LENIENT)],
  ['zlib', Buffer.from('78da', 'hex'), (bytes) => zlib.inflateSync(bytes, LENIENT)],
  ['zstd', Buffer.from('28b52ffd', 'hex'), (bytes) => zlib.zstdDecompressSync(bytes, ZSTD)],
  // Blink's mark of a compressed IndexedDB value: idb_value_wrapping.cc in third_party/blink/renderer/modules/indexeddb.
  ['IndexedDB snappy', Buffer.from('ff1102', 'hex'), (bytes) => uncompress(bytes.subarray(3), MOST)],
];
const MOST = 16 << 20;
/** Simple cache entries begin so: https://www.chromium.org/developers/design-documents/network-stack/disk-cache/ */
const SIMPLE_CACHE = Buffer.from('305c72a71b6dfbfc', 'hex');
const SIMPLE_CACHE_HEADER = 24;

/** Every compressed stream that begins anywhere in these bytes, opened, with how it was compressed. */
export function* openStreams(bytes: Buffer): Generator<readonly [how: string, opened: Buffer]> {
  for (const [how, start, open] of SIGNED) {
    for (let at = bytes.indexOf(start); at !== -1; at = bytes.indexOf(start, at + 1)) {
      const opened = tried(() => open(bytes.subarray(at)));
      if (opened) yield [how, opened];
    }
  }
  if (!bytes.subarray(0, 8).equals(SIMPLE_CACHE)) return;
  // Brotli has no signature: an answer's body stands right behind its address.
  const body = bytes.subarray(SIMPLE_CACHE_HEADER + bytes.readUInt32LE(12));
  const opened = tried(() => zlib.brotliDecompressSync(body, BROTLI));
  if (opened) yield ['brotli', opened];
}

/** `zlib.gunzipSync` takes what follows the stream for another one, and throws. https://www.rfc-editor.org/rfc/rfc1952 */
function gunzip(bytes: Buffer): Uint8Array {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const text of [8, 16]) if (flags & text) at = bytes.indexOf(0, at) + 1;
  if (flags & 2) at += 2;
  return zlib.inflateRawSync(bytes.subarray(at), LENIENT);
}

function tried(open: () => Uint8Array): Buffer | null {
  try {
    const opened = open();
    return opened.length > 0 ? Buffer.from(opened.buffer, opened.byteOffset, opened.length) : null;
  } catch {
    // The bytes only looked like a stream's beginning.
    return null;
  }
}
