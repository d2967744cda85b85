import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awsEndpoint } from '@/lib/providers/aws/endpoint';
import { awsPartition, parseRegion } from '@/lib/core/aws-regions';

/**
 * Cases of botocore's endpoint-tests-1.json for Secrets Manager (Apache-2.0), those without dual stack:
 * region, FIPS, host.
 */
const BOTOCORE: readonly (readonly [region: string, fips: boolean, host: string])[] = [
  ['af-south-1', false, 'secretsmanager.af-south-1.amazonaws.com'],
  ['ap-east-1', false, 'secretsmanager.ap-east-1.amazonaws.com'],
  ['ap-northeast-1', false, 'secretsmanager.ap-northeast-1.amazonaws.com'],
  ['ap-northeast-2', false, 'secretsmanager.ap-northeast-2.amazonaws.com'],
  ['ap-northeast-3', false, 'secretsmanager.ap-northeast-3.amazonaws.com'],
  ['ap-south-1', false, 'secretsmanager.ap-south-1.amazonaws.com'],
  ['ap-southeast-1', false, 'secretsmanager.ap-southeast-1.amazonaws.com'],
  ['ap-southeast-2', false, 'secretsmanager.ap-southeast-2.amazonaws.com'],
  ['ap-southeast-3', false, 'secretsmanager.ap-southeast-3.amazonaws.com'],
  ['ca-central-1', false, 'secretsmanager.ca-central-1.amazonaws.com'],
  ['ca-central-1', true, 'secretsmanager-fips.ca-central-1.amazonaws.com'],
  ['eu-central-1', false, 'secretsmanager.eu-central-1.amazonaws.com'],
  ['eu-north-1', false, 'secretsmanager.eu-north-1.amazonaws.com'],
  ['eu-south-1', false, 'secretsmanager.eu-south-1.amazonaws.com'],
  ['eu-west-1', false, 'secretsmanager.eu-west-1.amazonaws.com'],
  ['eu-west-2', false, 'secretsmanager.eu-west-2.amazonaws.com'],
  ['eu-west-3', false, 'secretsmanager.eu-west-3.amazonaws.com'],
  ['me-south-1', false, 'secretsmanager.me-south-1.amazonaws.com'],
  ['sa-east-1', false, 'secretsmanager.sa-east-1.amazonaws.com'],
  ['us-east-1', false, 'secretsmanager.us-east-1.amazonaws.com'],
  ['us-east-1', true, 'secretsmanager-fips.us-east-1.amazonaws.com'],
  ['us-east-2', false, 'secretsmanager.us-east-2.amazonaws.com'],
  ['us-east-2', true, 'secretsmanager-fips.us-east-2.amazonaws.com'],
  ['us-west-1', false, 'secretsmanager.us-west-1.amazonaws.com'],
  ['us-west-1', true, 'secretsmanager-fips.us-west-1.amazonaws.com'],
  ['us-west-2', false, 'secretsmanager.us-west-2.amazonaws.com'],
  ['us-west-2', true, 'secretsmanager-fips.us-west-2.amazonaws.com'],
  ['cn-north-1', false, 'secretsmanager.cn-north-1.amazonaws.com.cn'],
  ['cn-northwest-1', false, 'secretsmanager.cn-northwest-1.amazonaws.com.cn'],
  ['cn-north-1', true, 'secretsmanager-fips.cn-north-1.amazonaws.com.cn'],
  ['us-gov-east-1', false, 'secretsmanager.us-gov-east-1.amazonaws.com'],
  ['us-gov-east-1', true, 'secretsmanager-fips.us-gov-east-1.amazonaws.com'],
  ['us-gov-west-1', false, 'secretsmanager.us-gov-west-1.amazonaws.com'],
  ['us-gov-west-1', true, 'secretsmanager-fips.us-gov-west-1.amazonaws.com'],
  ['us-iso-east-1', false, 'secretsmanager.us-iso-east-1.c2s.ic.gov'],
  ['us-iso-east-1', true, 'secretsmanager-fips.us-iso-east-1.c2s.ic.gov'],
  ['us-isob-east-1', false, 'secretsmanager.us-isob-east-1.sc2s.sgov.gov'],
  ['us-isob-east-1', true, 'secretsmanager-fips.us-isob-east-1.sc2s.sgov.gov'],
];

describe('the endpoint of a region', () => {
  it.each(BOTOCORE)('%s (FIPS: %s) is %s', (region, fips, host) => {
    for (const written of fips ? [`${region}-fips`, `fips-${region}`] : [region]) {
      expect(awsEndpoint({ region: written, endpoint: '' })).toMatchObject({
        origin: `https://${host}`,
        host,
        region,
        custom: false,
      });
    }
  });

  it.each([
    ['eu-central-1', 'aws'],
    ['mx-central-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-gov-west-1-fips', 'aws-us-gov'],
    ['us-iso-west-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('%s is of the partition %s', (region, partition) => {
    expect(awsPartition(region)).toBe(partition);
  });

  it.each([
    '',
    'eu-central',
    'EU-CENTRAL-1',
    'moon-base-1',
    'eu-central-1.evil.example',
    'eu-central-1@evil.example/',
    'eu-central-1#',
    'eu-central-1/../x-1',
    'eu-cen_tral-1',
    'eu-central-1\n',
    'fips-fips-us-east-1',
    'AKIAIOSFODNN7EXAMPLE',
  ])('refuses %j before a URL is built', (region) => {
    expect(() => parseRegion(region)).toThrow(expect.objectContaining({ code: 'region-invalid' }));
  });

  it('takes spaces around a pasted region away', () => {
    expect(awsEndpoint({ region: ' eu-west-1\n', endpoint: '' }).host).toBe(
      'secretsmanager.eu-west-1.amazonaws.com',
    );
  });

  it('leads to no host but those of AWS, whatever is typed', () => {
    const near = fc.stringMatching(/^[a-z]{2,4}-[a-z./@#?:_-]{1,12}-[0-9.]{1,3}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (region) => {
        let origin: string;
        try {
          origin = awsEndpoint({ region, endpoint: '' }).origin;
        } catch {
          return;
        }
        expect(new URL(origin).host).toMatch(
          /^secretsmanager(-fips)?\.[a-z0-9-]+\.amazonaws\.(com|com\.cn|eu)$/,
        );
        expect(new URL(origin).origin).toBe(origin);
      }),
    );
  });
});

describe('a custom endpoint', () => {
  it.each([
    ['https://example.com', 'https://example.com'],
    [
      'https://vpce-1.secretsmanager.us-east-1.vpce.amazonaws.com/',
      'https://vpce-1.secretsmanager.us-east-1.vpce.amazonaws.com',
    ],
    [' https://example.com:8443 ', 'https://example.com:8443'],
    ['http://localhost:4566', 'http://localhost:4566'],
    ['http://127.0.0.1:4566', 'http://127.0.0.1:4566'],
    ['http://[::1]:4566', 'http://[::1]:4566'],
  ])('%s is used as it is', (endpoint, origin) => {
    expect(awsEndpoint({ region: 'us-east-1', endpoint })).toMatchObject({
      origin,
      region: 'us-east-1',
      custom: true,
    });
  });

  it.each([
    ['http://example.com', 'plain-http'],
    ['http://10.0.0.5:4566', 'plain-http'],
    ['http://localhost.evil.example', 'plain-http'],
    ['https://example.com/path', 'settings-invalid'],
    ['https://example.com/?a', 'settings-invalid'],
    ['https://user:word@example.com', 'settings-invalid'],
    ['ftp://example.com', 'settings-invalid'],
    ['example.com', 'settings-invalid'],
  ])('%s is refused: %s', (endpoint, code) => {
    expect(() => awsEndpoint({ region: 'us-east-1', endpoint })).toThrow(expect.objectContaining({ code }));
  });

  it('still wants a region, as requests are signed for one', () => {
    expect(() => awsEndpoint({ region: '', endpoint: 'https://example.com' })).toThrow(
      expect.objectContaining({ code: 'region-invalid' }),
    );
  });
});
