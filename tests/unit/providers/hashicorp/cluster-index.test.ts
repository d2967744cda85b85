import { expect, it } from 'vitest';
import { createClusterIndex } from '@/lib/providers/hashicorp/cluster-index';

const at = (value: number, cluster = 'c1') => btoa(JSON.stringify({ cluster, value: `${value}` }));
const answer = (index?: string) => ({
  status: 200,
  text: '',
  headers: index === undefined ? {} : { 'x-vault-index': index },
});
const sent = (index: string) => ({ 'X-Vault-Index': index, 'X-Vault-Inconsistent': 'forward-active-node' });

it('sends nothing to a server that gave no index', () => {
  const index = createClusterIndex();
  index.saw(answer(), true);
  expect([index.clustered, index.headers(true), index.headers(false)]).toEqual([false, {}, {}]);
});

it('sends the newest index, on most calls only of what was marked, whatever the order of the answers', () => {
  const index = createClusterIndex();
  index.saw(answer(at(5)), false);
  expect([index.clustered, index.headers(false), index.headers(true)]).toEqual([true, {}, sent(at(5))]);
  // As numbers: 10 is more than 9.
  for (const value of [7, 10, 9]) index.saw(answer(at(value)), true);
  index.saw(answer(at(20)), false);
  index.saw(answer(), true);
  expect(index.headers(false)).toEqual(sent(at(10)));
  expect(index.headers(true)).toEqual(sent(at(20)));
});

it('takes the last one when another cluster answers, or in a form it does not know', () => {
  const index = createClusterIndex();
  for (const one of [at(9), at(2, 'c2'), 'v1:other', btoa('{"cluster":"c2","value":"opaque"}')]) {
    index.saw(answer(one), true);
    expect(index.headers(false)).toEqual(sent(one));
  }
});
