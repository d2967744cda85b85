/** The shapes in which something secret may lie in a file. */

/** One secret to look for. */
export interface Needle {
  /** For the report; never the secret itself. */
  readonly label: string;
  readonly bytes: Buffer;
}

/** One shape of a needle. */
export interface Form extends Needle {
  readonly form: string;
}

/** Needles for texts by their label. Letters and digits are best: JSON and URLs then hold the text as it is. */
export const needlesOf = (texts: Readonly<Record<string, string>>): Needle[] =>
  Object.entries(texts).map(([label, text]) => ({ label, bytes: Buffer.from(text) }));

/** Plain, base64 at its three alignments, hexadecimal and percent-encoded; each as bytes and as UTF-16 of both ends. */
export function formsOf({ label, bytes }: Needle): Form[] {
  const hex = bytes.toString('hex');
  const shapes: Record<string, string> = {
    // One letter for each byte.
    plain: bytes.toString('latin1'),
    hex,
    percent: encodeURIComponent(bytes.toString()),
    'percent, every letter': hex.replace(/../g, '%$&'),
    'percent, every letter, upper case': hex.toUpperCase().replace(/../g, '%$&'),
  };
  for (const alignment of [0, 1, 2]) {
    const core = base64Core(bytes, alignment);
    shapes[`base64 at ${alignment}`] = core;
    shapes[`base64url at ${alignment}`] = core.replaceAll('+', '-').replaceAll('/', '_');
  }
  const forms = new Map<string, Form>();
  for (const [form, shape] of Object.entries(shapes)) {
    const utf16le = Buffer.from(shape, 'utf16le');
    const encoded = {
      bytes: Buffer.from(shape, 'latin1'),
      'UTF-16LE': utf16le,
      'UTF-16BE': Buffer.from(utf16le).swap16(),
    };
    for (const [encoding, found] of Object.entries(encoded)) {
      const key = found.toString('latin1');
      if (!forms.has(key)) forms.set(key, { label, form: `${form}, ${encoding}`, bytes: found });
    }
  }
  return [...forms.values()];
}

/** The letters of the base64 text that depend on the needle alone, wherever it stands in what was encoded. */
function base64Core(bytes: Buffer, alignment: number): string {
  const encoded = Buffer.concat([Buffer.alloc(alignment), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  return encoded.slice(Math.ceil((alignment * 8) / 6), Math.floor(((alignment + bytes.length) * 8) / 6));
}
