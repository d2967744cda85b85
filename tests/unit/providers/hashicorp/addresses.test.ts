import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pathProblem } from '@/lib/core/paths';
import {
  dataPath,
  encodePath,
  folderPath,
  isHeaderValue,
  trimSlashes,
} from '@/lib/providers/hashicorp/addresses';
import type { Engine } from '@/lib/providers/hashicorp/addresses';

const engine = (version: 1 | 2, base = ''): Engine => ({ mount: 'ns1/kv', base, version, certain: true });

it('puts data/ and metadata/ behind the whole mount, and nowhere in KV v1', () => {
  expect(dataPath(engine(2), 'a/b')).toBe('ns1/kv/data/a/b');
  expect(dataPath(engine(1), 'a/b')).toBe('ns1/kv/a/b');
  expect(dataPath(engine(2, 'team'), 'a')).toBe('ns1/kv/data/team/a');
  expect(folderPath(engine(2), '', 'plain')).toBe('ns1/kv/metadata/');
  expect(folderPath(engine(2, 'team'), 'a', 'detailed')).toBe('ns1/kv/detailed-metadata/team/a/');
  expect(folderPath(engine(1), 'a', 'detailed')).toBe('ns1/kv/a/');
});

it('survives the URL parser: every allowed path comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (path) => {
      fc.pre(pathProblem('hashicorp', path) === null);
      const { pathname, search, hash } = new URL(`https://vault.example/v1/kv/data/${encodePath(path)}`);
      expect([search, hash]).toEqual(['', '']);
      const segments = pathname.slice('/v1/kv/data/'.length).split('/');
      expect(segments.map(decodeURIComponent).join('/')).toBe(path);
    }),
  );
});

it('trims slashes at both ends only', () => {
  expect(['/a/b/', 'a', '//', ''].map(trimSlashes)).toEqual(['a/b', 'a', '', '']);
});

it('takes as a header value what fetch sends unchanged', () => {
  for (const good of ['hvs.CAESI', 's.abc', 'ü~!']) expect(isHeaderValue(good)).toBe(true);
  for (const bad of ['', ' a', 'a b', 'a\nb', 'a\u0000', 'a\u007f', '\u20ac', '密'])
    expect(isHeaderValue(bad)).toBe(false);
});
