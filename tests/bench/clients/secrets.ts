import { randomBytes } from 'node:crypto';

/** Secrets of 10 keys of 32 characters each, by name: about 490 bytes of JSON. */
export function makeSecrets(count: number): Record<string, Record<string, string>> {
  const value = () => randomBytes(16).toString('hex');
  const secret = () => Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`KEY_${at}`, value()]));
  const name = (at: number) => `service-${String(at).padStart(4, '0')}`;
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [name(at), secret()]));
}
