import { inspect } from 'node:util';
import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Expected } from '@/lib/providers/write-contract';
import { startFaultProxy } from '../../world/fault-proxy';
import type { FaultProxy, Outcome, Passing } from '../../world/fault-proxy';
import { startMinistack } from '../../world/ministack';
import type { Ministack } from '../../world/ministack';
import {
  ABSENT,
  create,
  expectationOf,
  labelsBySdk,
  providerAt,
  readBySdk,
  sdkAt,
  signal,
  strings,
} from './parts';

const ANY = { accessKeyId: 'AKIACANARYKEYID', secretAccessKey: 'canary-secret-key' };
const PATH = 'team/api';

let ministack: Ministack;
let proxy: FaultProxy;
let sdk: SecretsManagerClient;

beforeAll(async () => {
  ministack = await startMinistack();
  proxy = await startFaultProxy(ministack.port);
});
afterAll(async () => {
  await proxy.stop();
  await ministack.stop();
});
beforeEach(async () => {
  await ministack.reset();
  proxy.clear();
  sdk = sdkAt(ministack.url, ANY);
});

const provider = () => providerAt(`http://127.0.0.1:${proxy.port}`, ANY);
const actionOf = ({ headers }: Passing) => String(headers['x-amz-target']).replace('secretsmanager.', '');
const bodyOf = ({ body }: Passing) => JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
const sent = (action: string) => proxy.requests().filter((one) => actionOf(one) === action);
const isMove = (one: Passing) =>
  bodyOf(one)['VersionStage'] === 'AWSCURRENT' && 'MoveToVersionId' in bodyOf(one);
const isDrop = (one: Passing) =>
  /^keyferry-(?!none)/.test(String(bodyOf(one)['VersionStage'])) && !('MoveToVersionId' in bodyOf(one));
const refuse = (__type: string): Outcome => ({
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify({ __type, Message: 'refused' }),
});
/** As AWS words it. */
const DENIED: Outcome = {
  status: 400,
  body: JSON.stringify({
    __type: 'AccessDeniedException',
    Message: 'User: … is not authorized to perform: secretsmanager:UpdateSecretVersionStage on resource: …',
  }),
};

async function given(): Promise<Extract<Expected, { state: 'read' }>> {
  await create(sdk, [{ name: PATH, string: '{"A":"1"}' }]);
  return expectationOf(providerAt(ministack.url, ANY), PATH);
}

const LOST = ['cutBefore', 'cutAfter'] as const;
const WAYS = [...LOST, { status: 500, body: '' } as const, { status: 200, body: '<html>' } as const];

describe.each(WAYS)('with the answer lost (%j)', (then) => {
  it('a secret is created once', async () => {
    proxy.fail({ when: (one) => actionOf(one) === 'CreateSecret', times: 1, then });
    const { version } = await provider().write(PATH, strings({ A: '1' }), ABSENT, signal);
    expect(await readBySdk(sdk, PATH)).toEqual({ text: '{"A":"1"}', version });
    const tokens = sent('CreateSecret').map((one) => bodyOf(one)['ClientRequestToken']);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens).toHaveLength(then === 'cutAfter' ? 1 : 2);
  });

  it.each([
    ['the new version', (one: Passing) => actionOf(one) === 'PutSecretValue'],
    ['the move', isMove],
    ['the removal of the label', isDrop],
  ] as const)('of %s, a write happens once', async (_what, when) => {
    const read = await given();
    proxy.fail({ when, times: 1, then });
    const { version } = await provider().write(PATH, strings({ A: '2' }), read, signal);
    expect(await readBySdk(sdk, PATH)).toEqual({ text: '{"A":"2"}', version });
    expect(await labelsBySdk(sdk, PATH)).toEqual({
      [String(version)]: ['AWSCURRENT'],
      [String(read.version)]: ['AWSPREVIOUS'],
    });
    expect(new Set(sent('PutSecretValue').map((one) => bodyOf(one)['ClientRequestToken']))).toEqual(
      new Set([version]),
    );
  });

  it('a write without the right to labels happens once', async () => {
    const read = await given();
    proxy.fail({ when: (one) => actionOf(one) === 'UpdateSecretVersionStage', then: DENIED });
    proxy.fail({ when: (one) => actionOf(one) === 'PutSecretValue', times: 1, then });
    const { version } = await provider().write(PATH, strings({ A: '2' }), read, signal);
    expect(await readBySdk(sdk, PATH)).toEqual({ text: '{"A":"2"}', version });
    expect(new Set(sent('PutSecretValue').map((one) => bodyOf(one)['ClientRequestToken'])).size).toBe(1);
  });

  it('a secret is scheduled for deletion once', async () => {
    const read = await given();
    proxy.fail({ when: (one) => actionOf(one) === 'DeleteSecret', times: 1, then });
    expect(await provider().remove(PATH, read, { days: 7 }, signal)).toMatchObject({ kind: 'scheduled' });
    await providerAt(ministack.url, ANY).undelete(PATH, null, signal);
    expect((await readBySdk(sdk, PATH)).version).toBe(read.version);
  });
});

it('a move that arrives late is known for ours when it is repeated', async () => {
  const read = await given();
  let moves = 0;
  const one = providerAt(`http://127.0.0.1:${proxy.port}`, ANY, {}, async (action) => {
    if (action !== 'UpdateSecretVersionStage') return;
    moves += 1;
    // The question for the right, the move that the network holds up, the move again.
    if (moves !== 3) return;
    const token = String(bodyOf(sent('PutSecretValue')[0] as Passing)['ClientRequestToken']);
    await sdk.send(
      new UpdateSecretVersionStageCommand({
        SecretId: PATH,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: token,
        RemoveFromVersionId: String(read.version),
      }),
    );
  });
  proxy.fail({ when: isMove, times: 1, then: 'cutBefore' });
  const { version } = await one.write(PATH, strings({ A: '2' }), read, signal);
  expect(await readBySdk(sdk, PATH)).toEqual({ text: '{"A":"2"}', version });
});

describe('a conflict', () => {
  it.each(LOST)('is a conflict when the answer to the move is lost (%s)', async (then) => {
    const read = await given();
    await sdk.send(new PutSecretValueCommand({ SecretId: PATH, SecretString: '{"A":"newer"}' }));
    proxy.fail({ when: isMove, times: 1, then });
    await expect(provider().write(PATH, strings({ A: 'mine' }), read, signal)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await readBySdk(sdk, PATH)).text).toBe('{"A":"newer"}');
    expect(
      Object.values(await labelsBySdk(sdk, PATH))
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('is one when somebody else creates the name while the answer is lost', async () => {
    proxy.fail({ when: (one) => actionOf(one) === 'CreateSecret', times: 1, then: 'cutBefore' });
    const one = providerAt(`http://127.0.0.1:${proxy.port}`, ANY, {}, async (action) => {
      if (action === 'GetSecretValue') await create(sdk, [{ name: PATH, string: '{"A":"theirs"}' }]);
    });
    await expect(one.write(PATH, strings({ A: 'mine' }), ABSENT, signal)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await readBySdk(sdk, PATH)).text).toBe('{"A":"theirs"}');
  });
});

describe('an outcome that nobody can tell', () => {
  const blind = (when: (one: Passing) => boolean) => {
    proxy.fail({ when, then: 'cutAfter' });
    proxy.fail({ when: (one) => actionOf(one) === 'GetSecretValue', then: refuse('AccessDeniedException') });
  };
  const unknown = { code: 'outcome-unknown', details: { path: PATH } };

  it('is called so: a creation', async () => {
    blind((one) => actionOf(one) === 'CreateSecret');
    await expect(provider().write(PATH, strings({ A: '1' }), ABSENT, signal)).rejects.toMatchObject(unknown);
  });

  it('is called so: a move', async () => {
    const read = await given();
    blind(isMove);
    await expect(provider().write(PATH, strings({ A: '2' }), read, signal)).rejects.toMatchObject(unknown);
  });

  it('is called so: a deletion', async () => {
    const read = await given();
    let reads = 0;
    proxy.fail({ when: (one) => actionOf(one) === 'DeleteSecret', then: 'cutAfter' });
    proxy.fail({
      when: (one) => actionOf(one) === 'GetSecretValue' && reads++ > 0,
      then: refuse('AccessDeniedException'),
    });
    await expect(provider().remove(PATH, read, {}, signal)).rejects.toMatchObject(unknown);
  });

  it('is not called so while the current version cannot have changed', async () => {
    const read = await given();
    blind((one) => actionOf(one) === 'PutSecretValue');
    await expect(provider().write(PATH, strings({ A: '2' }), read, signal)).rejects.toMatchObject({
      code: 'unreachable',
    });
    expect((await readBySdk(sdk, PATH)).version).toBe(read.version);
  });

  it('is called so when answers are lost again and again', async () => {
    const read = await given();
    proxy.fail({ when: isMove, then: 'cutBefore' });
    await expect(provider().write(PATH, strings({ A: '2' }), read, signal)).rejects.toMatchObject(unknown);
    expect(Object.values(await labelsBySdk(sdk, PATH))).toEqual([['AWSCURRENT']]);
  });
});

describe('labels', () => {
  it('that cannot be taken off do not lose the write', async () => {
    const read = await given();
    proxy.fail({ when: isDrop, then: refuse('InternalServiceError') });
    const { version } = await provider().write(PATH, strings({ A: '2' }), read, signal);
    expect(await readBySdk(sdk, PATH)).toEqual({ text: '{"A":"2"}', version });
    // Nor are they shown as somebody's.
    expect((await providerAt(ministack.url, ANY).history(PATH, signal))?.[0]?.labels).toEqual(['AWSCURRENT']);
  });

  it('that some path refuses are not taken for granted at the others', async () => {
    const read = await given();
    await create(sdk, [
      { name: 'closed/a', string: '{}' },
      { name: 'closed/b', string: '{}' },
    ]);
    proxy.fail({
      when: (one) =>
        actionOf(one) === 'UpdateSecretVersionStage' && String(bodyOf(one)['SecretId']).startsWith('closed/'),
      then: DENIED,
    });
    const one = provider();
    const write = async (path: string, expected: Expected) =>
      one.write(path, strings({ A: '2' }), expected, signal);
    const { version } = await write(PATH, read);
    for (const path of ['closed/a', 'closed/b']) await write(path, await expectationOf(one, path));
    await one.write(PATH, strings({ A: '3' }), { ...read, version }, signal);
    expect(await one.capabilities(signal)).toMatchObject({ compareAndSwap: false });
    for (const path of [PATH, 'closed/a', 'closed/b'])
      expect((await readBySdk(sdk, path)).text).toMatch(/[23]/);
    // PATH kept its compare-and-swap; at closed/b the refusal was known before a label was put on.
    expect(
      sent('PutSecretValue').map((put) => ['VersionStages' in bodyOf(put), bodyOf(put)['SecretId']]),
    ).toEqual([
      [true, PATH],
      [true, 'closed/a'],
      [false, 'closed/a'],
      [false, 'closed/b'],
      [true, PATH],
    ]);
  });
});

describe('throttling', () => {
  it('of any step is waited out', async () => {
    const read = await given();
    for (const when of [(one: Passing) => actionOf(one) === 'PutSecretValue', isMove, isDrop]) {
      proxy.fail({ when, times: 2, then: refuse('ThrottlingException') });
    }
    const { version } = await provider().write(PATH, strings({ A: '2' }), read, signal);
    expect(await readBySdk(sdk, PATH)).toEqual({ text: '{"A":"2"}', version });
    expect(
      Object.values(await labelsBySdk(sdk, PATH))
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });
});

describe('errors of writing', () => {
  it('show no value, key, token or header', async () => {
    const read = await given();
    const canaries = ['canary', 'AKIA', 'AWS4-HMAC'];
    const faults: Outcome[] = [
      'cutAfter',
      DENIED,
      { status: 200, body: '{"SecretString":"canary-value",' },
      ...[
        'InvalidSignatureException',
        'InvalidParameterException',
        'InvalidRequestException',
        'ResourceExistsException',
        'EncryptionFailure',
        'MalformedPolicyDocumentException',
      ].map((code): Outcome => ({
        status: 400,
        body: JSON.stringify({ __type: code, Message: 'canary-value AWS4-HMAC-SHA256 Credential=AKIA' }),
      })),
    ];
    const content = strings({ NAME: 'canary-value' });
    for (const then of faults) {
      proxy.clear();
      // Lost answers cost waits, so not for ever.
      const times = then === 'cutAfter' ? 3 : Infinity;
      proxy.fail({ when: (one) => actionOf(one) !== 'GetSecretValue', times, then });
      const one = provider();
      for (const attempt of [
        () => one.write('team/new', content, ABSENT, signal),
        () => one.write(PATH, content, read, signal),
        () => one.remove(PATH, read, {}, signal),
        () => one.undelete(PATH, null, signal),
        () => one.history(PATH, signal),
        () => one.metadata(PATH, signal),
      ]) {
        const error: unknown = await attempt().catch((thrown: unknown) => thrown);
        const shown = inspect(error, { depth: 9, showHidden: true, getters: true });
        for (const canary of canaries) expect(shown).not.toContain(canary);
      }
      proxy.clear();
      await ministack.reset();
      await create(sdk, [{ name: PATH, string: '{"A":"1"}' }]);
    }
  });
});
