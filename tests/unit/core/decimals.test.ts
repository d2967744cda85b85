import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimal, survivesFloat } from '@/lib/core/decimals';

it.each([
  ['1.10', '1.1'],
  ['1e2', '100'],
  ['1E+2', '100.00'],
  ['-0', '0.000'],
  ['0.001', '1e-3'],
  ['123456789012345678901', '1.23456789012345678901e20'],
])('takes %s and %s for one value', (a, b) => {
  expect(decimal(a)).toBe(decimal(b));
});

it.each([
  ['9007199254740993', '9007199254740992'],
  ['1', '-1'],
  ['1', '10'],
  ['0.1', '0.10000000000000001'],
])('tells %s and %s apart', (a, b) => {
  expect(decimal(a)).not.toBe(decimal(b));
});

it.each([
  '0',
  '-0',
  '1.10',
  '1e2',
  '9007199254740991',
  '9007199254740992',
  '1e22',
  '5e-324',
  '0.1',
  '-12.50',
])('knows that KV v2 keeps the value of %s', (text) => expect(survivesFloat(text)).toBe(true));

it.each([
  '9007199254740993',
  '-9007199254740993',
  '123456789012345678901',
  '0.1000000000000000055',
  '3.14159265358979323846',
  '1e400',
  '1e-400',
])('knows that KV v2 changes %s', (text) => expect(survivesFloat(text)).toBe(false));

it('lets every number pass that a program wrote as a float', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) =>
      survivesFloat(JSON.stringify(number)),
    ),
  );
});

it('is right about every integer: it passes when its digits come back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 60n), max: 1n << 60n }), (integer) => {
      const back = JSON.stringify(JSON.parse(String(integer)));
      expect(survivesFloat(String(integer))).toBe(back === String(integer));
    }),
  );
});
