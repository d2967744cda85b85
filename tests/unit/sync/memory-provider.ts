import { AppError } from '@/lib/core/errors';
import type { SecretContent } from '@/lib/core/variables';
import type { SecretMetadata, WritableProvider } from '@/lib/providers/write-contract';

export const secret = (values: Record<string, string>): SecretContent => ({
  form: 'object',
  variables: Object.entries(values).map(([name, text]) => ({ name, type: 'string', text })),
});

export const textsOf = (content: SecretContent | undefined) =>
  content && Object.fromEntries(content.variables.map(({ name, text }) => [name, text]));

interface Stored {
  readonly version: number;
  readonly content: SecretContent;
  readonly deleted: boolean;
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
        const version = (store.get(path)?.version ?? 0) + 1;
        store.set(path, { version, content, deleted: false, metadata: metadata ?? current?.metadata });
        return { version: String(version) };
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
      store.set(path, { version: (store.get(path)?.version ?? 0) + 1, content, deleted: false, metadata }),
    live: (path: string) => textsOf(here(path)?.content),
    recoverable: (path: string) => textsOf(store.get(path)?.content),
    metadata: (path: string) => here(path)?.metadata,
  };
}
