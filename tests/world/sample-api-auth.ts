/** Which requests the sample API lets in: one way per kind of OpenAPI security scheme. */
import { createHash } from 'node:crypto';
import type { Recorded } from './recorder';

/** Whether a request to `/secure/<kind>` shows the expected value where that kind has its place. */
export function isAllowed(request: Recorded, expected: string): boolean {
  const kind = request.path.split('/')[2] ?? '';
  const authorization = request.headers.authorization ?? '';
  switch (kind) {
    case 'header':
      return request.headers['x-api-key'] === expected;
    case 'query':
      return request.query.get('api_key') === expected;
    case 'cookie':
      return (request.headers.cookie ?? '').split('; ').includes(`session=${expected}`);
    case 'bearer':
    case 'openid':
      return authorization === `Bearer ${expected}`;
    case 'basic':
      return basic(authorization)?.password === expected;
    case 'oauth2':
      return authorization === `Bearer ${tokenFor(expected)}`;
    default:
      return false;
  }
}

/**
 * The access token for a client-credentials request (RFC 6749 §4.4) whose secret is the expected value, in the
 * header (form-encoded before base64, §2.3.1) or in the form; `null` for any other.
 */
export function issueToken(request: Recorded, expected: string): string | null {
  const header = basic(request.headers.authorization ?? '')?.password;
  const form = new URLSearchParams(request.body.toString()).get('client_secret');
  const decoded = header === undefined ? form : decode(header);
  return header === expected || decoded === expected ? tokenFor(expected) : null;
}

const tokenFor = (secret: string) =>
  `token-${createHash('sha256').update(secret).digest('hex').slice(0, 16)}`;

function basic(authorization: string): { user: string; password: string } | null {
  if (!authorization.startsWith('Basic ')) return null;
  const text = Buffer.from(authorization.slice(6), 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
