import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { faultOf, isTokenTrouble, loginFaultOf } from '@/lib/providers/hashicorp/errors';
import { RETRY_AFTER } from '@/lib/providers/queue';
import type { HttpResponse } from '@/lib/providers/transport';

const context = { host: 'vault.example:8200', action: 'read', path: 'team/kv/data/app' };
const answer = (status: number, text: string, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  text,
});
const errors = (...texts: string[]) => JSON.stringify({ errors: texts });

const POLICY = '1 error occurred:\n\t* permission denied\n\n';
const INVALID = '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n';

describe('an error answer', () => {
  it.each([
    [400, 'Client sent an HTTP request to an HTTPS server.\n', 'plain-http'],
    [403, errors('origin not allowed'), 'origin-refused'],
    [404, errors('namespace not found'), 'namespace-unknown'],
    [
      503,
      errors(
        'API access to this namespace has been locked by an administrator - "ns1/" must be unlocked to gain access.',
      ),
      'namespace-locked',
    ],
    [503, errors('Vault is sealed'), 'sealed'],
    [500, errors('local node not active but active cluster node not found'), 'no-active-node'],
    [503, errors('no active Vault instance found'), 'no-active-node'],
    [412, errors('missing "X-Vault-Request" header'), 'header-required'],
    [412, errors('required index state not present'), 'standby-behind'],
    [429, errors('request path "secret/data/none": rate limit quota exceeded'), 'throttled'],
    [429, errors(), 'throttled'],
    [
      400,
      errors(
        'Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service shortly.',
      ),
      'engine-upgrading',
    ],
    [404, errors('no handler for route "x/y". route entry not found.'), 'engine-not-found'],
    [
      403,
      errors(
        'preflight capability check returned 403, please ensure client\'s policies grant access to path "x/"',
      ),
      'engine-not-found',
    ],
    [
      400,
      errors('refused JSON input due to high complexity: exceeded maximum number of strings'),
      'too-many-strings',
    ],
    [400, errors('refused JSON input: exceeded maximum estimated memory limits'), 'too-large'],
    [413, errors('http: request body too large'), 'too-large'],
    [500, errors('put failed due to value being too large; got 156 bytes, max 1048576 bytes'), 'too-large'],
    [400, errors('check-and-set parameter did not match the current version'), 'conflict'],
    [400, errors('relative paths not supported'), 'path-invalid'],
    [400, '', 'path-invalid'],
    [500, errors('could not find version data'), 'path-invalid'],
    [400, errors('missing client token'), 'token-invalid'],
    [403, errors(POLICY), 'denied'],
    [500, errors(), 'server-error'],
    [502, '<html>Bad gateway</html>', 'server-error'],
    [405, errors('1 error occurred:\n\t* unsupported operation\n\n'), 'server-error'],
  ])('%i %s is %s', (status, text, code) => {
    expect(faultOf(answer(status, text), context).code).toBe(code);
  });

  it('says of which namespace, engine, path or login it is', () => {
    const locked = answer(
      503,
      errors(
        'API access to this namespace has been locked by an administrator - "a/b/" must be unlocked to gain access.',
      ),
    );
    expect(faultOf(locked, context).details).toEqual({ namespace: 'a/b' });
    expect(faultOf(answer(403, errors(POLICY)), context).details).toEqual({
      action: 'read',
      path: 'team/kv/data/app',
    });
    expect(faultOf(answer(429, errors(), { 'retry-after': '7' }), context).details).toMatchObject({
      [RETRY_AFTER]: 7,
    });
    expect(faultOf(answer(429, errors(), { 'retry-after': 'soon' }), context).details).not.toHaveProperty(
      RETRY_AFTER,
    );
  });

  it('is worth another try only where it may pass by itself', () => {
    const retryable = (status: number, text = errors()) => faultOf(answer(status, text), context).retryable;
    expect([429, 412, 408, 500, 502, 503, 504, 520, 524].map((status) => retryable(status))).toEqual(
      Array(9).fill(true),
    );
    expect([400, 403, 404, 405, 413].map((status) => retryable(status))).toEqual(Array(5).fill(false));
    expect(retryable(503, errors('Vault is sealed'))).toBe(false);
  });

  it('brings none of its text', () => {
    const told = answer(500, errors('hvs.canary in "secret/data/x"'), { 'x-canary': 'hvs.canary' });
    expect(inspect(faultOf(told, context), { depth: 9, showHidden: true, getters: true })).not.toContain(
      'canary',
    );
  });
});

describe('an answer to a login', () => {
  it.each([
    [400, 'invalid role or secret ID', 'approle-refused'],
    [400, 'invalid secret id', 'approle-refused'],
    [400, 'failed to validate credentials: invalid role_id', 'approle-refused'],
    [
      400,
      'source address "127.0.0.1" unauthorized by CIDR restrictions on the role: %!w(<nil>)',
      'approle-refused',
    ],
    [
      400,
      'source address "127.0.0.1" unauthorized through CIDR restrictions on the secret ID',
      'approle-refused',
    ],
    [400, 'missing secret_id', 'approle-incomplete'],
    [500, 'missing role_id', 'approle-incomplete'],
    [404, 'no handler for route "auth/nosuch/login". route entry not found.', 'approle-missing'],
    [404, 'namespace not found', 'namespace-unknown'],
    [403, 'origin not allowed', 'origin-refused'],
    [503, 'Vault is sealed', 'sealed'],
    [429, 'request path "auth/approle/login": rate limit quota exceeded', 'throttled'],
  ])('%i %s is %s', (status, text, code) => {
    const login = { ...context, action: 'log in', path: 'auth/approle/login', namespace: 'ns1' };
    expect(loginFaultOf(answer(status, errors(text)), login).code).toBe(code);
  });
});

it('tells trouble with the token from what a policy forbids', () => {
  const trouble = (text: string) => isTokenTrouble(answer(403, text));
  expect(trouble(errors('permission denied'))).toBe(true);
  expect(trouble(errors(INVALID))).toBe(true);
  expect(trouble(errors(POLICY))).toBe(false);
  expect(trouble(errors())).toBe(false);
  expect(trouble('<html>permission denied</html>')).toBe(false);
  expect(isTokenTrouble(answer(404, errors('permission denied')))).toBe(false);
});
