/** A path as it goes into a URL: Vault decodes each segment once, so `%` and `%2F` must be encoded themselves. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

export function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

/** Joins path parts, leaving out the empty ones. */
export function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}

/** Printable Latin-1 without spaces: what `fetch` sends as it stands. */
export function isHeaderValue(value: string): boolean {
  return /^[\x21-\x7e\xa1-\xff]+$/.test(value);
}

/** One KV engine. */
export interface Engine {
  /** Full path of the mount, namespaces included. */
  readonly mount: string;
  /** Folder inside the mount that the Engine Path names on top of it; mostly ''. */
  readonly base: string;
  readonly version: 1 | 2;
  /** The server said so, or only one answer fits. A guess is good enough to read, never to write. */
  readonly certain: boolean;
}

/** The path of a secret as a policy names it. */
export function dataPath({ mount, base, version }: Engine, path: string): string {
  return joinPath(mount, version === 2 ? 'data' : '', base, path);
}

export type ListingKind = 'plain' | 'detailed';

/** The path of a folder's listing as a policy names it, with the `/` at its end. */
export function folderPath({ mount, base, version }: Engine, folder: string, kind: ListingKind): string {
  const names = version === 1 ? '' : kind === 'detailed' ? 'detailed-metadata' : 'metadata';
  return `${joinPath(mount, names, base, folder)}/`;
}
