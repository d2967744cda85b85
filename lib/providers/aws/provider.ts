import { AppError } from '@/lib/core/errors';
import { pathProblem } from '@/lib/core/paths';
import type { ListedSecret, SecretProvider } from '@/lib/providers/contract';

import { connect } from './connection';
import type { AwsProviderOptions, Connection } from './connection';
import { listPages } from './list';
import { pullSecrets } from './pull';
import { testConnection } from './test-connection';

export type { AwsProviderOptions } from './connection';

/**
 * AWS Secrets Manager as a provider of secrets. Nothing is checked or sent before the first call; wrong
 * settings are thrown (or reported by `test`) then: `helper-missing`, `region-invalid`, `plain-http` …
 */
export function createAwsProvider(options: AwsProviderOptions): SecretProvider {
  let connection: Connection | undefined;
  let closed = false;

  function connected(): Connection {
    if (closed) throw new AppError('credentials-missing');
    connection ??= connect(options);
    return connection;
  }

  return {
    kind: 'aws',
    // Both through version labels; nobody needs to be asked.
    capabilities: async () => ({ compareAndSwap: true, history: true }),
    async list(prefix, signal) {
      const found: ListedSecret[] = [];
      for await (const page of listPages(connected().call, prefix, signal)) found.push(...page);
      return found;
    },
    async read(path, signal) {
      const problem = pathProblem('aws', path);
      if (problem) throw new AppError('path-invalid', { path, problem });
      return connected().reader.one(path, { signal, first: true });
    },
    async pull(request, sink, signal) {
      const { call, reader } = connected();
      await pullSecrets(call, reader, request, sink, signal);
    },
    test: (report, signal) => testConnection(connected, options.settings.prefix, report, signal),
    async close() {
      closed = true;
      connection?.forget();
      connection = undefined;
    },
  };
}
