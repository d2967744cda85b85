import { AppError } from './errors';

/** A region as written, read: the region itself and whether its FIPS endpoint was asked for. */
export interface AwsRegion {
  readonly region: string;
  readonly fips: boolean;
  readonly partition: string;
  /** Domain of the partition's endpoints. */
  readonly suffix: string;
}

/**
 * Names, region patterns and domains of AWS's partitions, from botocore's partitions.json (Apache-2.0),
 * with `\w` narrowed to letters and digits: an underscore is in no region and legal in no host name.
 * https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
 */
const PARTITIONS: readonly (readonly [name: string, pattern: RegExp, suffix: string])[] = [
  ['aws', /^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z0-9]+-\d{1,2}$/, 'amazonaws.com'],
  ['aws-cn', /^cn-[a-z0-9]+-\d{1,2}$/, 'amazonaws.com.cn'],
  ['aws-us-gov', /^us-gov-[a-z0-9]+-\d{1,2}$/, 'amazonaws.com'],
  ['aws-iso', /^us-iso-[a-z0-9]+-\d{1,2}$/, 'c2s.ic.gov'],
  ['aws-iso-b', /^us-isob-[a-z0-9]+-\d{1,2}$/, 'sc2s.sgov.gov'],
  ['aws-iso-e', /^eu-isoe-[a-z0-9]+-\d{1,2}$/, 'cloud.adc-e.uk'],
  ['aws-iso-f', /^us-isof-[a-z0-9]+-\d{1,2}$/, 'csp.hci.ic.gov'],
  ['aws-eusc', /^eusc-de-[a-z0-9]+-\d{1,2}$/, 'amazonaws.eu'],
];

/**
 * Reads a region, before any URL is built from it. The pseudo-regions `fips-us-east-1` and
 * `us-east-1-fips` of the AWS tools name the FIPS endpoint of their region.
 *
 * @throws AppError `region-invalid` when no partition of AWS has regions of this form.
 */
export function parseRegion(text: string): AwsRegion {
  const region = text.replace(/^fips-|-fips$/, '');
  const found = PARTITIONS.find(([, pattern]) => pattern.test(region));
  if (!found) throw new AppError('region-invalid', { region: text.slice(0, 64) });
  const [partition, , suffix] = found;
  return { region, fips: region !== text, partition, suffix };
}

/**
 * The partition (`aws`, `aws-cn`, `aws-us-gov` …) that a region belongs to; keys are valid within one.
 *
 * @throws AppError `region-invalid`.
 */
export function awsPartition(region: string): string {
  return parseRegion(region).partition;
}

/**
 * Origin of a region's own Secrets Manager endpoint (https://docs.aws.amazon.com/general/latest/gr/asm.html).
 *
 * @throws AppError `region-invalid`.
 */
export function secretsManagerOrigin(text: string): string {
  const { region, fips, suffix } = parseRegion(text);
  return `https://secretsmanager${fips ? '-fips' : ''}.${region}.${suffix}`;
}
