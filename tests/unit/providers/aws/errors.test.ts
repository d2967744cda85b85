import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { errorText } from '@/lib/core/copy/errors';
import { awsEndpoint } from '@/lib/providers/aws/endpoint';
import { translateFault } from '@/lib/providers/aws/errors';
import { bareCode, readFault } from '@/lib/providers/aws/fault';
import { answers } from './answers';
import type { Answer } from './answers';

const endpoint = awsEndpoint({ region: 'eu-central-1', endpoint: '' });

function translated(answer: Answer, where = endpoint, action = 'GetSecretValue') {
  const { status, body, headers = {} } = answer;
  const fault = readFault({ status, headers, text: body });
  return translateFault(fault, { endpoint: where, action, path: 'team/api' });
}

describe('answers of AWS as errors', () => {
  it.each([
    ['notFound', 'missing', { path: 'team/api' }],
    ['noValue', 'missing', { path: 'team/api' }],
    ['headerOnly', 'missing', { path: 'team/api' }],
    ['markedForDeletion', 'deletion-pending', { path: 'team/api' }],
    ['alreadyScheduled', 'deletion-pending', { path: 'team/api' }],
    ['badName', 'path-invalid', { path: 'team/api', problem: 'aws-sign' }],
    ['denied', 'denied', { action: 'read', path: 'team/api', permission: 'secretsmanager:GetSecretValue' }],
    [
      'xmlDenied',
      'denied',
      { action: 'read', path: 'team/api', permission: 'secretsmanager:GetSecretValue' },
    ],
    ['kmsDenied', 'kms-denied', { path: 'team/api' }],
    ['decryptionFailure', 'kms-denied', { path: 'team/api' }],
    ['unknownKey', 'key-unknown', { host: endpoint.host, region: 'eu-central-1' }],
    ['xmlUnknownKey', 'key-unknown', { host: endpoint.host, region: 'eu-central-1' }],
    ['wrongSecret', 'signature-wrong', { host: endpoint.host, region: 'eu-central-1' }],
    ['xmlWrongSecret', 'signature-wrong', { host: endpoint.host, region: 'eu-central-1' }],
    ['signatureExpired', 'clock-skew', { host: endpoint.host }],
    ['otherRegion', 'region-wrong', { host: endpoint.host, region: 'eu-central-1' }],
    ['optInRequired', 'region-wrong', { host: endpoint.host, region: 'eu-central-1' }],
    ['sessionExpired', 'session-expired', { host: endpoint.host, region: 'eu-central-1' }],
    [
      'loginPage',
      'malformed-answer',
      { host: endpoint.host, provider: 'aws', status: 404, action: 'GetSecretValue', path: 'team/api' },
    ],
  ] as const)('%s: %s', (name, code, details) => {
    const error = translated(answers[name]);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.details).toEqual(details);
  });

  it.each([
    ['throttled', 'throttled'],
    ['namespaced', 'throttled'],
    ['tooMany', 'throttled'],
    ['internal', 'server-error'],
    ['gateway', 'server-error'],
  ] as const)('%s: %s, which may pass', (name, code) => {
    expect(translated(answers[name])).toMatchObject({ code, retryable: true });
  });

  it.each([
    ['CreateSecret', 'exists', 'conflict', { path: 'team/api' }],
    ['CreateSecret', 'alreadyScheduled', 'deletion-pending', { path: 'team/api' }],
    [
      'CreateSecret',
      'encryptionFailure',
      'kms-denied',
      { path: 'team/api', permission: 'kms:GenerateDataKey' },
    ],
    [
      'PutSecretValue',
      'encryptionFailure',
      'kms-denied',
      { path: 'team/api', permission: 'kms:GenerateDataKey' },
    ],
    ['PutSecretValue', 'kmsDenied', 'kms-denied', { path: 'team/api', permission: 'kms:GenerateDataKey' }],
    ['PutSecretValue', 'markedForDeletion', 'deletion-pending', { path: 'team/api' }],
    ['PutSecretValue', 'tokenUsed', 'conflict', { path: 'team/api' }],
    ['UpdateSecretVersionStage', 'labelElsewhere', 'conflict', { path: 'team/api' }],
    ['DeleteSecret', 'alreadyDeleted', 'deletion-pending', { path: 'team/api' }],
    ['CreateSecret', 'badName', 'path-invalid', { path: 'team/api', problem: 'aws-sign' }],
  ] as const)('%s, %s: %s', (action, name, code, details) => {
    const error = translated(answers[name], endpoint, action);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.details).toEqual(details);
  });

  it.each([
    ['CreateSecret', 'nameConstraint', 'path-invalid'],
    ['GetSecretValue', 'badName', 'path-invalid'],
    ['CreateSecret', 'otherConstraint', 'malformed-answer'],
    ['PutSecretValue', 'otherParameter', 'malformed-answer'],
    // The prefix is in a filter there, and has passed a check that is no wider than AWS's.
    ['ListSecrets', 'badName', 'malformed-answer'],
    ['BatchGetSecretValue', 'badName', 'malformed-answer'],
  ] as const)('%s, %s: about the path only where that can be the cause (%s)', (action, name, code) => {
    const error = translated(answers[name], endpoint, action);
    expect(error).toMatchObject({ code, retryable: false });
    if (code === 'path-invalid') return;
    const fault = name === 'otherParameter' ? 'InvalidParameterException' : 'ValidationException';
    expect(error.details).toMatchObject({ action, fault, path: 'team/api' });
    expect(errorText(error).sentence).toBe(`${endpoint.host} refused ${action} for team/api: ${fault}.`);
  });

  it.each([
    ['ListSecrets', 'list'],
    ['GetSecretValue', 'read'],
    ['BatchGetSecretValue', 'read'],
    ['CreateSecret', 'create'],
    ['PutSecretValue', 'write'],
    ['UpdateSecretVersionStage', 'write'],
    ['DeleteSecret', 'delete'],
    ['RestoreSecret', 'restore'],
    ['ListSecretVersionIds', 'list the versions of'],
    ['DescribeSecret', 'describe'],
  ])('a denied %s names the right, and what it was for', (action, deed) => {
    const { code, details } = translated(answers.denied, endpoint, action);
    expect({ code, details }).toEqual({
      code: 'denied',
      details: { action: deed, path: 'team/api', permission: `secretsmanager:${action}` },
    });
  });

  it('a secret that may be created but not tagged', () => {
    const error = translated(answers.tagDenied, endpoint, 'CreateSecret');
    expect(error.details).toEqual({
      action: 'tag',
      path: 'team/api',
      permission: 'secretsmanager:TagResource',
    });
    expect(errorText(error).sentence).toBe('This login may not tag team/api.');
  });

  it("is the origin that an emulator's bare 403 refuses, and a strange answer elsewhere", () => {
    const bare = { status: 403, body: '' };
    const emulator = awsEndpoint({ region: 'us-east-1', endpoint: 'http://localhost:4566' });
    expect(translated(bare, emulator).code).toBe('origin-refused');
    expect(translated(bare).code).toBe('malformed-answer');
  });

  it.each(Object.entries(answers))('%s: none of its words goes on', (_name, answer) => {
    const canary = 'canary-token';
    const body = answer.body.replace(/("[Mm]essage":")|(<Message>)/, `$1$2x-amz-security-token:${canary} `);
    const shown = inspect(translated({ ...answer, body }), { depth: 9, showHidden: true, getters: true });
    expect(shown).not.toContain(canary);
  });

  it.each([
    ['ThrottlingException', 'ThrottlingException'],
    ['com.amazonaws#ThrottlingException', 'ThrottlingException'],
    ['com.amazonaws#ThrottlingException:http://a#b', 'ThrottlingException'],
    ['ThrottlingException:http://internal', 'ThrottlingException'],
    ['', ''],
  ])('takes the bare code of %j', (type, code) => {
    expect(bareCode(type)).toBe(code);
  });

  it.each(['{"__type":', '[]', 'null', '{"__type":7,"Message":{}}', '"text"', '<Code>', '{}'])(
    'bears the body %s',
    (text) => {
      expect(readFault({ status: 400, headers: {}, text })).toEqual({ code: '', message: '', status: 400 });
    },
  );
});
