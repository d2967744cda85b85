/** A JSON number as its digits and power of ten: equal for equal values, however they are written. */
export function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length);
  return `${sign}${kept}e${power}`;
}

/**
 * Whether a number is the same value after it was a 64-bit float, as KV v2 makes it (vault-plugin-secrets-kv,
 * `path_data.go`); JavaScript and Go write floats with the same digits.
 */
export function survivesFloat(text: string): boolean {
  const float = Number(text);
  return Number.isFinite(float) && decimal(String(float)) === decimal(text);
}
