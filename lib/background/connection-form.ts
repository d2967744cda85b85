import { AppError } from '@/lib/core/errors';
import type { AwsSettings, HashicorpSettings, ProviderSettings } from '@/lib/core/model';
import { httpOrigin, isLoopback, isPrivate } from '@/lib/core/origins';
import { pathProblem } from '@/lib/core/paths';
import { awsEndpoint } from '@/lib/providers/aws/endpoint';

/** Trims what people paste: slashes at the ends, spaces around. */
export function normalise(form: ProviderSettings): ProviderSettings {
  if (form.provider === 'hashicorp') {
    const { settings } = form;
    return {
      provider: 'hashicorp',
      settings: {
        ...settings,
        url: httpOrigin(settings.url.trim()) ?? settings.url.trim(),
        namespace: bare(settings.namespace),
        enginePath: bare(settings.enginePath),
        prefix: bare(settings.prefix),
      },
    };
  }
  const { settings } = form;
  return {
    provider: 'aws',
    settings: {
      ...settings,
      region: settings.region.trim().toLowerCase(),
      endpoint: httpOrigin(settings.endpoint.trim()) ?? settings.endpoint.trim(),
      prefix: settings.prefix.trim(),
    },
  };
}

function bare(path: string): string {
  return path.trim().replace(/^\/+|\/+$/g, '');
}

/**
 * Refuses settings that no request may be built from.
 *
 * @throws AppError `settings-invalid` with the field, `path-invalid`, `plain-http`, `region-invalid`.
 */
export function checkSettings(form: ProviderSettings): void {
  if (form.provider === 'hashicorp') checkHashicorp(form.settings);
  else checkAws(form.settings);
}

function checkHashicorp({ url, enginePath, namespace, prefix, verifySsl }: HashicorpSettings): void {
  const origin = checkedOrigin(url, 'url');
  if (!verifySsl && !isLoopback(origin.hostname) && !isPrivate(origin.hostname)) {
    throw new AppError('settings-invalid', { field: 'verifySsl', host: origin.hostname });
  }
  for (const [field, path] of Object.entries({ enginePath, namespace, prefix })) {
    const problem = path === '' && field !== 'enginePath' ? null : pathProblem('hashicorp', path);
    if (problem) throw new AppError('path-invalid', { field, path, problem });
  }
}

function checkAws(settings: AwsSettings): void {
  const { auth, prefix } = settings;
  if (auth !== 'keys') return;
  awsEndpoint(settings);
  const problem = prefix === '' ? null : pathProblem('aws', prefix);
  if (problem) throw new AppError('path-invalid', { field: 'prefix', path: prefix, problem });
}

/** Credentials go over http to this computer only. */
function checkedOrigin(address: string, field: string): URL {
  const origin = httpOrigin(address);
  if (origin === null || origin !== address) throw new AppError('settings-invalid', { field });
  const url = new URL(origin);
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new AppError('plain-http', { host: url.host });
  return url;
}

/**
 * The server that credentials are bound to: the Vault's origin; for AWS `aws:<partition>`, so that another region
 * of the same partition keeps its keys, or the custom endpoint's origin.
 */
export function credentialServer(form: ProviderSettings): string {
  if (form.provider === 'hashicorp') return form.settings.url;
  const { custom, origin, partition } = awsEndpoint(form.settings);
  return custom ? origin : `aws:${partition}`;
}

/** The origin that requests go to, for the browser's host access. */
export function requestOrigin(form: ProviderSettings): string {
  return form.provider === 'hashicorp' ? form.settings.url : awsEndpoint(form.settings).origin;
}
