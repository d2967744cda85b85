declare module 'snappyjs' {
  /** @throws Error when the bytes are no snappy block (https://github.com/google/snappy/blob/main/format_description.txt). */
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
}
