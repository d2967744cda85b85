import { AppError } from '@/lib/core/errors';
import { pathProblem } from '@/lib/core/paths';
import type { ListedSecret } from '@/lib/providers/contract';
import type { WritableProvider } from '@/lib/providers/write-contract';

import type { AwsCall } from './call';
import { connect } from './connection';
import type { AwsProviderOptions, Connection } from './connection';
import { describeSecret } from './describe';
import { versionsOf } from './history';
import { createLabelRights } from './labels';
import type { LabelRights } from './labels';
import { listPages } from './list';
import { pullSecrets } from './pull';
import { removeSecret } from './remove';
import { restoreSecret } from './restore';
import { checkStorable } from './stored';
import { testConnection } from './test-connection';
import { writeSecret } from './write';

export type { AwsProviderOptions } from './connection';

/**
 * AWS Secrets Manager as a provider of secrets, read and written. Nothing is checked or sent before the first call; wrong
 * settings are thrown (or reported by `test`) then: `helper-missing`, `region-invalid`, `plain-http` …
 */
export function createAwsProvider(options: AwsProviderOptions): WritableProvider {
  let connection: Connection | undefined;
  let closed = false;
  let rights: LabelRights | undefined;

  function connected(): Connection {
    if (closed) throw new AppError('credentials-missing');
    connection ??= connect(options);
    return connection;
  }

  /** The way to the server, once the path is one that AWS can have. */
  function callFor(path: string): AwsCall {
    const problem = pathProblem('aws', path);
    if (problem) throw new AppError('path-invalid', { path, problem });
    return connected().call;
  }

  return {
    kind: 'aws',
    // Both through version labels. Whether this login may move them shows at the first write only; without that
    // right a write is compared just before, and a short window remains.
    capabilities: async () => ({ compareAndSwap: !rights?.refused(), history: true }),
    async list(prefix, signal) {
      const found: ListedSecret[] = [];
      for await (const page of listPages(connected().call, prefix, signal)) found.push(...page);
      return found;
    },
    async read(path, signal) {
      callFor(path);
      return connected().reader.one(path, { signal, first: true });
    },
    async pull(request, sink, signal) {
      const { call, reader } = connected();
      await pullSecrets(call, reader, request, sink, signal);
    },
    test: (report, signal) => testConnection(connected, options.settings.prefix, report, signal),
    check: checkStorable,
    async write(path, content, expected, signal, metadata) {
      const call = callFor(path);
      rights ??= createLabelRights(call);
      return writeSecret(call, rights, { path, content, expected, signal, metadata });
    },
    remove: async (path, { version }, { days }, signal) =>
      removeSecret(callFor(path), { path, version, days, signal }, options.now ?? Date.now),
    history: async (path, signal) => versionsOf(callFor(path), path, signal),
    async readVersion(path, version, signal) {
      callFor(path);
      return connected().reader.one(path, { signal, first: true, version });
    },
    undelete: async (path, _version, signal) => restoreSecret(callFor(path), path, signal),
    metadata: async (path, signal) => (await describeSecret(callFor(path), path, signal))?.metadata ?? null,
    // AWS tells nobody beforehand what a policy allows.
    permissions: async () => ({ read: null, create: null, update: null, remove: null, list: null }),
    async close() {
      closed = true;
      connection?.forget();
      connection = undefined;
    },
  };
}
