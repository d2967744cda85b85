// The pages need regions too (which host to ask access for), so they are of the core.
export { awsPartition, parseRegion, type AwsRegion } from '@/lib/core/aws-regions';
