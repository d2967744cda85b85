import { expect, it } from 'vitest';
import { createClusterIndex } from '@/lib/providers/hashicorp/cluster-index';

const at = (value: number, cluster = 'c1') => btoa(JSON.stringify({ cluster, value }));
const answer = (index?: string) => ({
  status: 200,
  text: '',
  headers: index === undefined ? {} : { 'x-vault-index': index },
});

it('sends nothing to a server that gave no index', () => {
  const index = createClusterIndex();
  index.saw(answer(), true);
  expect([index.clustered, index.headers()]).toEqual([false, {}]);
});

it('sends the newest index that was marked, whatever the order of the answers', () => {
  const index = createClusterIndex();
  index.saw(answer(at(5)), false);
  expect([index.clustered, index.headers()]).toEqual([true, {}]);
  for (const value of [7, 9, 8]) index.saw(answer(at(value)), true);
  index.saw(answer(at(20)), false);
  index.saw(answer(), true);
  expect(index.headers()).toEqual({
    'X-Vault-Index': at(9),
    'X-Vault-Inconsistent': 'forward-active-node',
  });
});

it('takes the last one when another cluster answers, or in a form it does not know', () => {
  const index = createClusterIndex();
  index.saw(answer(at(9)), true);
  index.saw(answer(at(2, 'c2')), true);
  expect(index.headers()['X-Vault-Index']).toBe(at(2, 'c2'));
  index.saw(answer('v1:other'), true);
  expect(index.headers()['X-Vault-Index']).toBe('v1:other');
});
