import { AppError } from '@/lib/core/errors';
import type { SecretContent } from '@/lib/core/variables';
import type { SecretRecord } from '@/lib/providers/contract';
import type { SecretMetadata, VersionInfo, WritableProvider } from '@/lib/providers/write-contract';

export const secret = (values: Record<string, string>): SecretContent => ({
  form: 'object',
  variables: Object.entries(values).map(([name, text]) => ({ name, type: 'string', text })),
});

const textsOf = (content: SecretContent | undefined) =>
  content && Object.fromEntries(content.variables.map(({ name, text }) => [name, text]));

interface Stored {
  readonly version: number;
  readonly content: SecretContent;
  readonly deleted: boolean;
  readonly earlier: readonly SecretContent[];
  readonly metadata: SecretMetadata | undefined;
}

/**
 * A provider in memory with versions and compare-and-swap, for what a test wants between its calls: the contract
 * suite proves that the real ones behave like it.
 *
 * @param before Called before each call with its name; what it throws stops the call.
 * @param after Called after each call has had its effect; what it throws loses the answer.
 */
export function memoryProvider(
  before: (call: string, path: string) => void = () => undefined,
  after: (call: string, path: string) => void = () => undefined,
) {
  const store = new Map<string, Stored>();
  const here = (path: string) => {
    const stored = store.get(path);
    return stored && !stored.deleted ? stored : undefined;
  };
  const add = (path: string, content: SecretContent, metadata: SecretMetadata | undefined): number => {
    const last = store.get(path);
    const earlier = last ? [...last.earlier, last.content] : [];
    store.set(path, { version: earlier.length + 1, content, deleted: false, earlier, metadata });
    return earlier.length + 1;
  };
  const call = <Result>(name: string, path: string, run: () => Result): Promise<Result> =>
    new Promise((resolve) => {
      before(name, path);
      const result = run();
      after(name, path);
      resolve(result);
    });
  const provider = {
    check: () => undefined,
    read: (path: string) =>
      call('read', path, () => {
        const stored = here(path);
        return stored ? { path, version: String(stored.version), content: stored.content } : null;
      }),
    write: (...[path, content, expected, , metadata]: Parameters<WritableProvider['write']>) =>
      call('write', path, () => {
        const current = here(path);
        const wanted = expected.state === 'absent' ? undefined : expected.version;
        if (wanted !== (current && String(current.version))) throw new AppError('conflict', { path });
        return { version: String(add(path, content, metadata ?? current?.metadata)) };
      }),
    remove: (path: string, expected: { version: string | null }) =>
      call('remove', path, () => {
        const current = here(path);
        if (!current || String(current.version) !== expected.version)
          throw new AppError('conflict', { path });
        store.set(path, { ...current, deleted: true });
        return { kind: 'soft' as const, version: String(current.version) };
      }),
    metadata: (path: string) => call('metadata', path, () => here(path)?.metadata ?? null),
  };
  return {
    provider: provider as unknown as WritableProvider,
    put: (path: string, content: SecretContent, metadata?: SecretMetadata) =>
      void add(path, content, metadata),
    /** Gone as by somebody else, recoverably. */
    drop: (path: string) => {
      const stored = store.get(path);
      if (stored) store.set(path, { ...stored, deleted: true });
    },
    undelete: (path: string) => {
      const stored = store.get(path);
      if (stored) store.set(path, { ...stored, deleted: false });
    },
    paths: () => [...store.keys()].filter((path) => here(path)),
    versions: (path: string): VersionInfo[] | null => {
      const stored = store.get(path);
      if (!stored) return null;
      const last = { version: String(stored.version), createdAt: 0, labels: [] };
      return [
        { ...last, state: stored.deleted ? ('deleted' as const) : ('current' as const) },
        ...stored.earlier
          .map((_, at) => ({ ...last, version: String(at + 1), state: 'kept' as const }))
          .reverse(),
      ];
    },
    version: (path: string, version: string): SecretRecord | null => {
      const stored = store.get(path);
      const content = stored && [...stored.earlier, stored.content][Number(version) - 1];
      return content ? { path, version, content } : null;
    },
    live: (path: string) => textsOf(here(path)?.content),
    recoverable: (path: string) => textsOf(store.get(path)?.content),
    metadata: (path: string) => here(path)?.metadata,
  };
}
