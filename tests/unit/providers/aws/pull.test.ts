import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answers } from './answers';
import { batchError, startFakeAws, valueOf } from './fake-aws';
import type { FakeAws } from './fake-aws';
import { providerFor, pullFrom, REGION, signal } from './harness';

let fake: FakeAws;

beforeEach(async () => {
  fake = await startFakeAws(REGION);
});
afterEach(() => fake.stop());

function seed(count: number, prefix = 'app/'): string[] {
  const names = Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(4, '0')}`);
  for (const [at, name] of names.entries()) {
    fake.secrets.set(name, { version: `v-${at}`, string: JSON.stringify({ KEY: name }) });
  }
  return names;
}

const callsOf = (action: string) => fake.calls.filter((call) => call.action === action);

describe('pull', () => {
  it('reads a thousand secrets by ten pages and fifty batches, at most six calls at once', async () => {
    const names = seed(1000);
    const { told, listed } = await pullFrom(providerFor(fake));
    expect(told).toEqual(Object.fromEntries(names.map((name) => [name, `KEY=${name}`])));
    expect(callsOf('ListSecrets')).toHaveLength(10);
    expect(callsOf('BatchGetSecretValue')).toHaveLength(50);
    expect(fake.mostOpen()).toBeLessThanOrEqual(6);
    expect(listed).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });

  it('starts reading while the listing is still going on', async () => {
    seed(300);
    let release = () => {};
    const readStarted = new Promise<void>((resolve) => (release = resolve));
    fake.fault = async ({ action, body }) => {
      if (action === 'BatchGetSecretValue') release();
      // The last page is held back until a read has arrived.
      if (action === 'ListSecrets' && body.NextToken === '200') await readStarted;
      return undefined;
    };
    const { order } = await pullFrom(providerFor(fake));
    expect(order).toHaveLength(300);
  });

  it('lets no read hold the listing up', async () => {
    seed(700);
    let release = () => {};
    const listed = new Promise<void>((resolve) => (release = resolve));
    fake.fault = async ({ action, body }) => {
      if (action === 'ListSecrets' && body.NextToken === '600') release();
      // Every read waits until the last page was asked for.
      if (action !== 'ListSecrets') await listed;
      return undefined;
    };
    expect(Object.keys((await pullFrom(providerFor(fake))).told)).toHaveLength(700);
  });

  it('lists ahead of the single reads that wait', async () => {
    seed(300);
    fake.fault = ({ action }) => (action === 'BatchGetSecretValue' ? answers.batchDenied : undefined);
    await pullFrom(providerFor(fake));
    const lastList = fake.calls.findLastIndex(({ action }) => action === 'ListSecrets');
    expect(lastList).toBeLessThan(60);
  });

  it('reads only what changed', async () => {
    const names = seed(250);
    const known = new Map(names.map((name, at) => [name, `v-${at}`]));
    known.set('app/0007', 'an-older-one');
    const { told } = await pullFrom(providerFor(fake), { known });
    expect(told['app/0007']).toBe('KEY=app/0007');
    expect(Object.values(told).filter((one) => one === 'unchanged')).toHaveLength(249);
    expect(callsOf('BatchGetSecretValue').map(({ body }) => body.SecretIdList)).toEqual([['app/0007']]);
  });

  it('calls nothing but the listing when nothing changed', async () => {
    const names = seed(120);
    await pullFrom(providerFor(fake), { known: new Map(names.map((name, at) => [name, `v-${at}`])) });
    expect(callsOf('ListSecrets')).toHaveLength(2);
    expect(fake.calls).toHaveLength(2);
  });

  it('goes on over empty pages', async () => {
    const names = seed(250);
    fake.emptyPages = true;
    const { told } = await pullFrom(providerFor(fake));
    expect(Object.keys(told)).toHaveLength(names.length);
    expect(callsOf('ListSecrets')).toHaveLength(5);
  });

  it('asks AWS for the prefix and checks it itself', async () => {
    seed(3, 'team/api-');
    seed(3, 'other/');
    const { told } = await pullFrom(providerFor(fake), { prefix: 'team/' });
    expect(Object.keys(told)).toHaveLength(3);
    expect(callsOf('ListSecrets')[0]?.body.Filters).toEqual([{ Key: 'name', Values: ['team/'] }]);
    fake.fault = ({ action }) =>
      action === 'ListSecrets'
        ? { status: 200, body: JSON.stringify({ SecretList: [{ Name: 'other/0000' }] }) }
        : undefined;
    expect((await pullFrom(providerFor(fake), { prefix: 'team/' })).told).toEqual({});
  });

  it('does not send a prefix that AWS would read as "not"', async () => {
    seed(1, '!odd/');
    seed(1, 'app/');
    const { told } = await pullFrom(providerFor(fake), { prefix: '!odd/' });
    expect(Object.keys(told)).toEqual(['!odd/0000']);
    expect(callsOf('ListSecrets')[0]?.body.Filters).toBeUndefined();
  });

  it('refuses a server that hands out the same page for ever', async () => {
    fake.fault = () => ({ status: 200, body: '{"SecretList":[],"NextToken":"again"}' });
    await expect(pullFrom(providerFor(fake))).rejects.toMatchObject({ code: 'malformed-answer' });
  });

  it('reads the wanted path first, once, also when no listing knows it', async () => {
    seed(150);
    fake.secrets.set('zz/active', { version: 'z', string: '{"KEY":"z"}' });
    fake.fault = ({ action }) => {
      if (action !== 'ListSecrets') return undefined;
      const [first = ''] = fake.secrets.keys();
      return { status: 200, body: JSON.stringify({ SecretList: [{ Name: first }] }) };
    };
    const { told, order, listed } = await pullFrom(providerFor(fake), {
      first: ['zz/active', 'gone', 'a b'],
    });
    expect(told).toEqual({
      'zz/active': 'KEY=z',
      gone: 'missing',
      'a b': 'path-invalid',
      'app/0000': 'KEY=app/0000',
    });
    expect(order.indexOf('zz/active')).toBeLessThan(order.indexOf('app/0000'));
    expect(listed).toEqual([3, 4]);
  });

  it('reads the wanted path once although the listing has it too', async () => {
    seed(30);
    await pullFrom(providerFor(fake), { first: ['app/0003'] });
    const asked = callsOf('BatchGetSecretValue').flatMap(({ body }) => body.SecretIdList ?? []);
    expect(asked.filter((name) => name === 'app/0003')).toHaveLength(1);
    expect(asked).toHaveLength(30);
  });

  it('makes no listing for "only", and knows what has not changed', async () => {
    seed(30);
    const known = new Map([['app/0002', 'v-2']]);
    const only = ['app/0001', 'app/0002', 'app/0001', 'nowhere'];
    const { told } = await pullFrom(providerFor(fake), { only, known });
    expect(told).toEqual({ 'app/0001': 'KEY=app/0001', 'app/0002': 'unchanged', nowhere: 'missing' });
    expect(callsOf('ListSecrets')).toHaveLength(0);
  });

  it('tells each secret of a batch apart: value, gone, deleted, denied, its key denied', async () => {
    const [, gone = '', deleted = '', denied = '', kms = ''] = seed(5);
    fake.fault = ({ action, body }) => {
      if (action !== 'BatchGetSecretValue') return undefined;
      const [name = ''] = body.SecretIdList ?? [];
      return {
        status: 200,
        body: JSON.stringify({
          SecretValues: [valueOf(name, { version: 'v', string: '{"KEY":"one"}' })],
          Errors: [
            batchError(gone, answers.notFound),
            batchError(
              `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${deleted}-AbC123`,
              answers.markedForDeletion,
            ),
            batchError(denied, answers.denied),
            batchError(kms, answers.kmsDenied),
          ],
        }),
      };
    };
    expect((await pullFrom(providerFor(fake))).told).toEqual({
      'app/0000': 'KEY=one',
      [gone]: 'missing',
      [deleted]: 'missing',
      [denied]: 'denied',
      [kms]: 'kms-denied',
    });
    expect(callsOf('GetSecretValue')).toHaveLength(0);
  });

  it('reads one by one what a batch left out or could not give just now', async () => {
    const names = seed(20);
    fake.fault = ({ action, body }) => {
      if (action !== 'BatchGetSecretValue') return undefined;
      const asked = body.SecretIdList ?? [];
      return {
        status: 200,
        body: JSON.stringify({
          SecretValues: asked
            .slice(0, 10)
            .map((name) => valueOf(name, { version: 'v', string: '{"KEY":"batch"}' })),
          Errors: [batchError(asked[10] ?? '', answers.internal)],
        }),
      };
    };
    const { told } = await pullFrom(providerFor(fake));
    expect(Object.values(told).filter((one) => one === 'KEY=batch')).toHaveLength(10);
    expect(told[names[10] ?? '']).toBe(`KEY=${names[10]}`);
    expect(callsOf('GetSecretValue')).toHaveLength(10);
  });

  it('follows the pages of a batch', async () => {
    seed(20);
    fake.fault = ({ action, body }) => {
      if (action !== 'BatchGetSecretValue') return undefined;
      const at = Number(body.NextToken ?? 0);
      const values = (body.SecretIdList ?? [])
        .slice(at, at + 8)
        .map((name) => valueOf(name, { version: 'v', string: '{"KEY":"batch"}' }));
      const next = at + 8 < 20 ? { NextToken: String(at + 8) } : {};
      return { status: 200, body: JSON.stringify({ SecretValues: values, ...next }) };
    };
    const { told } = await pullFrom(providerFor(fake));
    expect(Object.values(told).every((one) => one === 'KEY=batch')).toBe(true);
    expect(callsOf('BatchGetSecretValue')).toHaveLength(3);
    expect(callsOf('GetSecretValue')).toHaveLength(0);
  });

  it('reads one by one where the policy lacks BatchGetSecretValue, and does not ask for it again', async () => {
    const names = seed(140);
    fake.fault = ({ action }) => (action === 'BatchGetSecretValue' ? answers.batchDenied : undefined);
    const provider = providerFor(fake);
    const { told } = await pullFrom(provider);
    expect(told).toEqual(Object.fromEntries(names.map((name) => [name, `KEY=${name}`])));
    expect(callsOf('GetSecretValue')).toHaveLength(140);
    const tried = callsOf('BatchGetSecretValue').length;
    expect(tried).toBeLessThanOrEqual(5);
    await pullFrom(provider);
    expect(callsOf('BatchGetSecretValue')).toHaveLength(tried);
    expect(fake.mostOpen()).toBeLessThanOrEqual(6);
  });

  it('reads one by one when one secret fails a whole batch', async () => {
    const names = seed(20);
    fake.fault = ({ action, body }) => {
      if (action === 'BatchGetSecretValue') return answers.noValue;
      return body.SecretId === names[4] ? answers.noValue : undefined;
    };
    const { told } = await pullFrom(providerFor(fake));
    expect(told[names[4] ?? '']).toBe('missing');
    expect(Object.values(told).filter((one) => one.startsWith('KEY='))).toHaveLength(19);
  });

  it('tells every path when the session ends in the middle, without asking for each', async () => {
    const names = seed(40);
    fake.fault = ({ action }) => (action === 'BatchGetSecretValue' ? answers.sessionExpired : undefined);
    const { told } = await pullFrom(providerFor(fake));
    expect(told).toEqual(Object.fromEntries(names.map((name) => [name, 'session-expired'])));
    expect(callsOf('GetSecretValue')).toHaveLength(0);
  });

  it('throws when nothing could be listed', async () => {
    fake.fault = () => answers.batchDenied;
    await expect(pullFrom(providerFor(fake), { prefix: 'team/' })).rejects.toMatchObject({
      code: 'denied',
      details: { action: 'list', path: 'team/', permission: 'secretsmanager:ListSecrets' },
    });
  });

  it('keeps what came when the listing breaks off, and says so', async () => {
    seed(150);
    fake.fault = ({ action, body }) =>
      action === 'ListSecrets' && body.NextToken ? answers.internal : undefined;
    const { told } = await pullFrom(providerFor(fake), { prefix: 'app/' });
    expect(Object.values(told).filter((one) => one.startsWith('KEY='))).toHaveLength(100);
    expect(told['app/']).toBe('server-error');
  });

  it('stops at once when cancelled', async () => {
    seed(1000);
    const abort = new AbortController();
    fake.fault = ({ action }) => {
      if (action === 'BatchGetSecretValue') abort.abort();
      return undefined;
    };
    await expect(pullFrom(providerFor(fake), {}, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(callsOf('BatchGetSecretValue').length).toBeLessThan(10);
  });

  it('ends with the failure of its own sink', async () => {
    seed(100);
    const full = new Error('full');
    const pulling = providerFor(fake).pull(
      { prefix: '', known: new Map() },
      {
        listed: () => {},
        secret: () => {
          throw full;
        },
        unchanged: () => {},
        missing: () => {},
        failed: () => {},
      },
      signal,
    );
    await expect(pulling).rejects.toMatchObject({ code: 'unexpected' });
  });
});

describe('list and read', () => {
  it('lists names with their current versions', async () => {
    seed(101);
    const listed = await providerFor(fake).list('app/', signal);
    expect(listed).toHaveLength(101);
    expect(listed[100]).toEqual({ path: 'app/0100', version: 'v-100' });
  });

  it.each([
    ['SecretVersionsToStages', { a: ['AWSPREVIOUS'], b: ['mine', 'AWSCURRENT'] }, 'b'],
    ['VersionIdsToStages', { a: ['AWSCURRENT'] }, 'a'],
    ['SecretVersionsToStages', { a: ['AWSPENDING'], b: null }, null],
    ['SecretVersionsToStages', null, null],
  ])('takes the current version from %s %j', async (field, stages, version) => {
    const entry = { Name: 'app', SecretVersionsToStages: null, [field]: stages };
    fake.fault = () => ({ status: 200, body: JSON.stringify({ SecretList: [entry], NextToken: null }) });
    expect(await providerFor(fake).list('', signal)).toEqual([{ path: 'app', version }]);
  });

  it.each(['{}', '{"SecretList":{}}', '{"SecretList":[{"ARN":"a"}]}', '{"SecretList":[null]}'])(
    'takes the answer %s for none of AWS',
    async (body) => {
      fake.fault = () => ({ status: 200, body });
      await expect(providerFor(fake).list('', signal)).rejects.toMatchObject({ code: 'malformed-answer' });
    },
  );

  it('reads one with its version, and null for none, deleted or empty', async () => {
    seed(1);
    const provider = providerFor(fake);
    expect(await provider.read('app/0000', signal)).toEqual({
      path: 'app/0000',
      version: 'v-0',
      content: { form: 'object', variables: [{ name: 'KEY', type: 'string', text: 'app/0000' }] },
    });
    expect(await provider.read('nowhere', signal)).toBeNull();
    fake.fault = () => answers.markedForDeletion;
    expect(await provider.read('app/0000', signal)).toBeNull();
    fake.fault = () => answers.noValue;
    expect(await provider.read('app/0000', signal)).toBeNull();
  });

  it('sends no path that no secret can have', async () => {
    await expect(providerFor(fake).read('a b', signal)).rejects.toMatchObject({
      code: 'path-invalid',
      details: { path: 'a b', problem: 'aws-sign' },
    });
    expect(fake.calls).toEqual([]);
  });

  it('sends nothing any more once closed', async () => {
    const provider = providerFor(fake);
    await provider.read('nowhere', signal);
    await provider.close();
    await expect(provider.read('nowhere', signal)).rejects.toMatchObject({ code: 'credentials-missing' });
    expect(fake.calls).toHaveLength(1);
  });
});
