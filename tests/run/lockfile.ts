import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Entry {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  /** Part of the package that holds it, whose content is pinned. */
  readonly inBundle?: boolean;
}

/** The lock file pins every package by its content, and by no download address, so that any registry serves. */
export async function checkLockfile(): Promise<void> {
  const text = await readFile(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, Entry> };
  const entries = Object.entries(packages).filter(([path, { link }]) => path !== '' && !link);
  const addressed = entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path);
  const loose = entries
    .filter(([, { integrity, inBundle }]) => !integrity && !inBundle)
    .map(([path]) => path);
  if (addressed.length > 0)
    throw new Error(`package-lock.json names download addresses: ${addressed.join(', ')}`);
  if (loose.length > 0) throw new Error(`package-lock.json pins no content of: ${loose.join(', ')}`);
}
