import { awsPartition, secretsManagerOrigin } from '@/lib/core/aws-regions';
import { commonCopy } from '@/lib/core/copy/common';
import { vaultCopy, vaultLabels, vaultProblems, type VaultField } from '@/lib/core/copy/vault';
import type {
  AwsSettings,
  Credentials,
  HashicorpSettings,
  ProviderKind,
  ProviderSettings,
  Scope,
} from '@/lib/core/model';
import { accessPattern, httpOrigin, isLoopback, isPrivate } from '@/lib/core/origins';
import { pathProblem } from '@/lib/core/paths';
import type { ConnectionForm } from '@/lib/messaging/protocol';
import type { ConnectionView } from '@/lib/messaging/views';
import { hostOf } from '@/lib/ui/format';

/** What is typed on Settings → Vault. Both providers are kept, so that toggling loses nothing. */
export interface VaultDraft {
  provider: ProviderKind;
  hashicorp: Writable<HashicorpSettings>;
  aws: Writable<AwsSettings>;
  secrets: Record<SecretField, string>;
  /** "Replace" was pressed at a saved credential. */
  replacing: Record<ProviderKind, boolean>;
}

type Writable<Of> = { -readonly [Key in keyof Of]: Of[Key] };

const SECRET_FIELDS = [
  'token',
  'roleId',
  'secretId',
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
] as const;
export type SecretField = (typeof SECRET_FIELDS)[number];

export type Problems = Partial<Record<VaultField, string>>;

/** The form for a saved (or default) connection. */
export function draftOf({ provider, hashicorp, aws }: ConnectionView): VaultDraft {
  return {
    provider,
    hashicorp: { ...hashicorp },
    aws: { ...aws },
    secrets: emptySecrets(),
    replacing: { hashicorp: false, aws: false },
  };
}

export function emptySecrets(): Record<SecretField, string> {
  return { token: '', roleId: '', secretId: '', accessKeyId: '', secretAccessKey: '', sessionToken: '' };
}

/** The chosen provider's settings, trimmed of what people paste: spaces, and slashes at the ends of paths. */
export function settingsOf(draft: VaultDraft): ProviderSettings {
  if (draft.provider === 'aws') {
    const { region, endpoint, prefix, ...rest } = draft.aws;
    return {
      provider: 'aws',
      settings: {
        ...rest,
        region: region.trim().toLowerCase(),
        endpoint: plainOrigin(endpoint),
        prefix: prefix.trim(),
      },
    };
  }
  const { url, namespace, enginePath, prefix, ...rest } = draft.hashicorp;
  return {
    provider: 'hashicorp',
    settings: {
      ...rest,
      url: plainOrigin(url),
      namespace: bare(namespace),
      enginePath: bare(enginePath),
      prefix: bare(prefix),
    },
  };
}

function plainOrigin(text: string): string {
  const address = text.trim();
  const url = URL.parse(address);
  const plain = url !== null && url.pathname === '/' && !url.search && !url.hash;
  return (plain ? httpOrigin(address) : null) ?? address;
}

function bare(path: string): string {
  return path.trim().replace(/^\/+|\/+$/g, '');
}

/** Where requests would go; `null` while the form does not say. */
export function originOf(form: ProviderSettings): string | null {
  if (form.provider === 'hashicorp') return httpOrigin(form.settings.url);
  const { endpoint, region } = form.settings;
  return endpoint === '' ? orNull(() => secretsManagerOrigin(region)) : httpOrigin(endpoint);
}

/** The pattern to ask the browser for; `null` while the form does not say where requests go. */
export function patternOf(form: ProviderSettings): string | null {
  const origin = originOf(form);
  return origin === null ? null : accessPattern(origin);
}

/** What sealed credentials are bound to (design: the Vault's origin, `aws:<partition>` or the endpoint's origin). */
function serverOf(form: ProviderSettings): string | null {
  if (form.provider === 'hashicorp' || form.settings.endpoint !== '') return originOf(form);
  return orNull(() => `aws:${awsPartition(form.settings.region)}`);
}

function orNull<Result>(read: () => Result): Result | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** `usable`: the sealed credentials fit the form. `moved`: they are for another server. `none`: there are none of this kind. */
export type SealedState = 'usable' | 'moved' | 'none';

export function sealedState(draft: VaultDraft, { sealed }: ConnectionView): SealedState {
  const form = settingsOf(draft);
  const found = sealed[form.provider];
  if (!found || found.auth !== form.settings.auth) return 'none';
  return found.server === serverOf(form) ? 'usable' : 'moved';
}

/** Whether the form asks for credentials: there are none that fit, or they are being replaced. */
function asksCredentials(draft: VaultDraft, view: ConnectionView): boolean {
  return draft.replacing[draft.provider] || sealedState(draft, view) !== 'usable';
}

/** Profile and Default Chain are read by a companion outside of the browser. */
export function needsCompanion(draft: VaultDraft): boolean {
  return draft.provider === 'aws' && draft.aws.auth !== 'keys';
}

/** The credential fields of the chosen authentication, in their order; the last of AWS is optional. */
function credentialFields(draft: VaultDraft): readonly SecretField[] {
  if (draft.provider === 'aws') {
    return draft.aws.auth === 'keys' ? ['accessKeyId', 'secretAccessKey', 'sessionToken'] : [];
  }
  return draft.hashicorp.auth === 'token' ? ['token'] : ['roleId', 'secretId'];
}

/** A workspace's first own connection starts from what it inherits, and never from the credentials of the defaults. */
export function withoutCredentials(view: ConnectionView): ConnectionView {
  return { ...view, saved: false, sealed: { hashicorp: null, aws: null } };
}

/** How the credentials of a form stand, the same for each of them. */
export interface LoginState {
  readonly sealed: SealedState;
  /** Whom they are for, when the server was changed. */
  readonly host: string;
  /** They are the global defaults' own: nothing to enter or replace here. */
  readonly inherited: boolean;
}

/** How fields are drawn that the organization holds fast. */
export function locksOf(provider: ProviderKind, managed: readonly string[] | undefined) {
  return (field: string): { readonly managed?: string; readonly disabled?: true } =>
    managed?.includes(`${provider}.${field}`) ? { managed: commonCopy.managed, disabled: true } : {};
}

/** What is wrong with the form as it stands, by field. Nothing of it is a value that was typed as a credential. */
export function problemsOf(draft: VaultDraft, view: ConnectionView): Problems {
  const form = settingsOf(draft);
  const problems =
    form.provider === 'hashicorp' ? hashicorpProblems(form.settings) : awsProblems(form.settings);
  if (asksCredentials(draft, view)) {
    const moved = sealedState(draft, view) === 'moved' && !draft.replacing[draft.provider];
    const host = hostOf(originOf(form) ?? '');
    for (const field of credentialFields(draft)) {
      if (field !== 'sessionToken' && draft.secrets[field].trim() === '') {
        problems[field] = moved
          ? vaultCopy.moved(vaultCopy.names[field], host)
          : vaultProblems.required(vaultLabels[field]);
      }
    }
  }
  return problems;
}

function hashicorpProblems(settings: HashicorpSettings): Problems {
  const problems: Problems = {};
  const url = URL.parse(settings.url);
  const origin = httpOrigin(settings.url);
  if (settings.url === '') problems.url = vaultProblems.urlEmpty;
  else if (!url || !origin) problems.url = vaultProblems.urlScheme;
  else if (settings.url !== origin)
    problems.url = vaultProblems.urlPath(`${url.pathname}${url.search}${url.hash}`);
  else if (url.protocol === 'http:' && !isLoopback(url.hostname))
    problems.url = vaultProblems.plainHttp(url.host);
  else if (!settings.verifySsl && !isLoopback(url.hostname) && !isPrivate(url.hostname)) {
    problems.verifySsl = vaultProblems.verifySslPublic(url.hostname);
  }
  if (settings.enginePath === '') problems.enginePath = vaultProblems.enginePathEmpty;
  for (const field of ['namespace', 'enginePath', 'prefix'] as const) {
    if (settings[field] !== '' && pathProblem('hashicorp', settings[field]))
      problems[field] = vaultProblems.path;
  }
  return problems;
}

function awsProblems({ auth, region, endpoint, prefix }: AwsSettings): Problems {
  const problems: Problems = {};
  if (auth !== 'keys') return problems;
  if (region === '') problems.region = vaultProblems.regionEmpty;
  else if (orNull(() => awsPartition(region)) === null) problems.region = vaultProblems.region;
  if (endpoint !== '') {
    const url = URL.parse(endpoint);
    const secure = url !== null && (url.protocol === 'https:' || isLoopback(url.hostname));
    if (httpOrigin(endpoint) !== endpoint || !secure) problems.endpoint = vaultProblems.endpoint;
  }
  if (prefix !== '' && pathProblem('aws', prefix)) problems.prefix = vaultProblems.awsPrefix;
  return problems;
}

/** The message for Save and Test. Credentials are in it only when the form asks for them. */
export function toConnectionForm(draft: VaultDraft, view: ConnectionView, scope: Scope): ConnectionForm {
  const form = settingsOf(draft);
  const credentials = asksCredentials(draft, view) ? credentialsOf(draft) : undefined;
  return { scope, ...form, ...(credentials && { credentials }) } as ConnectionForm;
}

function credentialsOf({ provider, hashicorp, aws, secrets }: VaultDraft): Credentials | undefined {
  const typed = Object.fromEntries(
    Object.entries(secrets).map(([field, text]) => [field, text.trim()]),
  ) as Record<SecretField, string>;
  if (provider === 'aws') {
    if (aws.auth !== 'keys') return undefined;
    const { accessKeyId, secretAccessKey, sessionToken } = typed;
    return { kind: 'keys', accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  }
  return hashicorp.auth === 'token'
    ? { kind: 'token', token: typed.token }
    : { kind: 'approle', roleId: typed.roleId, secretId: typed.secretId };
}

/** Labels of what differs from the saved connection: both providers' fields, credentials and the provider itself. */
export function changesOf(draft: VaultDraft, view: ConnectionView, providerLabel: string): string[] {
  const changed = (['hashicorp', 'aws'] as const).flatMap((provider) => {
    const saved: Readonly<Record<string, unknown>> = { ...view[provider] };
    return Object.entries(draft[provider])
      .filter(([field, value]) => saved[field] !== value)
      .map(([field]) => vaultLabels[field as VaultField]);
  });
  const typed = SECRET_FIELDS.filter((field) => draft.secrets[field] !== '').map(
    (field) => vaultLabels[field],
  );
  return [...(draft.provider === view.provider ? [] : [providerLabel]), ...changed, ...typed];
}
