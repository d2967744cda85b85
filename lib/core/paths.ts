import type { ProviderKind } from './model';

/** A path segment from a display name: `EU staging` → `eu-staging`. '' when no Latin letter or digit is in it. */
export function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** A first guess for the red mark; the user can change it. */
export function looksLikeProduction(path: string): boolean {
  return /(^|[/_.-])(prod|production|live)([/_.-]|$)/i.test(path);
}

/** Why a secret path is refused, or `null`. `path-invalid` has the words (`copy/errors.ts`). */
export type PathProblem =
  'empty' | 'trailing-slash' | 'empty-segment' | 'dots' | 'control' | 'aws-sign' | 'too-long';

/**
 * Checks a path before a URL is built. Vault and OpenBao refuse `.`/`..`, empty segments, control and
 * non-printable characters (https://openbao.org/api-docs/); AWS allows letters, digits and `/_+=.@-!`, 512 at most
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html).
 */
export function pathProblem(provider: ProviderKind, path: string): PathProblem | null {
  if (path === '') return 'empty';
  if (provider === 'aws') {
    if (path.length > 512) return 'too-long';
    return /^[A-Za-z0-9/_+=.@!-]+$/.test(path) ? null : 'aws-sign';
  }
  if (path.endsWith('/')) return 'trailing-slash';
  const segments = path.split('/');
  if (segments.includes('')) return 'empty-segment';
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'dots';
  // Go's unicode.IsPrint: of the spaces only U+0020, and no control, format, private or unassigned character.
  if (/[\p{C}\p{Z}]/u.test(path.replaceAll(' ', ''))) return 'control';
  return null;
}
