/**
 * Error answers of AWS Secrets Manager. Those marked "recorded" were recorded on AWS by LocalStack
 * (tests/aws/services/secretsmanager/test_secretsmanager.snapshot.json, Apache-2.0); "model" ones have code
 * and shape of botocore's service-2.json (Apache-2.0) and the wording of AWS's documentation.
 */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) });
const xml = (status: number, code: string): Answer => ({
  status,
  body: `<?xml version="1.0"?>\n<ErrorResponse><Errors><Error><Code>${code}</Code><Message>The words of ${code}</Message></Error></Errors></ErrorResponse>`,
  headers: { 'content-type': 'text/html' },
});

export const answers = {
  /** Recorded. */
  notFound: json(400, {
    __type: 'ResourceNotFoundException',
    Message: "Secrets Manager can't find the specified secret.",
  }),
  /** Recorded: a secret without a value of this label. */
  noValue: json(400, {
    __type: 'ResourceNotFoundException',
    Message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  }),
  /** Recorded. */
  markedForDeletion: json(400, {
    __type: 'InvalidRequestException',
    Message: "You can't perform this operation on the secret because it was marked for deletion.",
  }),
  /** Recorded. */
  alreadyScheduled: json(400, {
    __type: 'InvalidRequestException',
    Message:
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
  }),
  /** Recorded. */
  badName: json(400, {
    __type: 'ValidationException',
    message:
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  }),
  /** Smithy's form of a value that its model refuses; of the name, and of something else. */
  nameConstraint: json(400, {
    __type: 'ValidationException',
    message:
      "1 validation error detected: Value 'team/api' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern",
  }),
  otherConstraint: json(400, {
    __type: 'ValidationException',
    message:
      "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
  }),
  /** Model. */
  otherParameter: json(400, {
    __type: 'InvalidParameterException',
    Message: 'The parameter name or value is invalid.',
  }),
  /** Recorded. */
  exists: json(400, {
    __type: 'ResourceExistsException',
    Message: 'The operation failed because the secret team/api already exists.',
  }),
  /** Model; the words are moto's. */
  tokenUsed: json(400, {
    __type: 'ResourceExistsException',
    Message:
      "You can't use ClientRequestToken 6f1c… because that value is already in use for a version of secret team/api.",
  }),
  /** Model; the words are MiniStack's. */
  labelElsewhere: json(400, {
    __type: 'InvalidParameterException',
    Message: 'The staging label AWSCURRENT is currently attached to version a, not version b.',
  }),
  alreadyDeleted: json(400, {
    __type: 'InvalidRequestException',
    Message: "You can't perform this operation on the secret because it was already scheduled for deletion.",
  }),
  /** Model. */
  encryptionFailure: json(400, {
    __type: 'EncryptionFailure',
    Message: "Secrets Manager can't encrypt the protected secret text using the provided KMS key.",
  }),
  /** Model. */
  denied: json(400, {
    __type: 'AccessDeniedException',
    Message:
      'User: arn:aws:iam::123456789012:user/reader is not authorized to perform: secretsmanager:GetSecretValue on resource: app because no identity-based policy allows the secretsmanager:GetSecretValue action',
  }),
  tagDenied: json(400, {
    __type: 'AccessDeniedException',
    Message:
      'User: arn:aws:iam::123456789012:user/writer is not authorized to perform: secretsmanager:TagResource on resource: team/api because no identity-based policy allows the secretsmanager:TagResource action',
  }),
  batchDenied: json(400, {
    __type: 'AccessDeniedException',
    Message:
      'User: arn:aws:iam::123456789012:user/reader is not authorized to perform: secretsmanager:BatchGetSecretValue because no identity-based policy allows the secretsmanager:BatchGetSecretValue action',
  }),
  kmsDenied: json(400, { __type: 'AccessDeniedException', Message: 'Access to KMS is not allowed' }),
  decryptionFailure: json(400, {
    __type: 'DecryptionFailure',
    Message: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  }),
  unknownKey: json(400, {
    __type: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  }),
  wrongSecret: json(400, {
    __type: 'InvalidSignatureException',
    message:
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  }),
  /** The wording of botocore issue 3587. */
  signatureExpired: json(400, {
    __type: 'InvalidSignatureException',
    message:
      'Signature expired: 20261125T004000Z is now earlier than 20261125T005500Z (20261125T010000Z - 5 min.)',
  }),
  otherRegion: json(400, {
    __type: 'InvalidSignatureException',
    message: 'Credential should be scoped to a valid region.',
  }),
  sessionExpired: json(400, {
    __type: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
  }),
  throttled: json(400, { __type: 'ThrottlingException', Message: 'Rate exceeded' }),
  internal: json(500, { __type: 'InternalServiceError', Message: 'An error occurred on the server side.' }),
  optInRequired: json(403, {
    __type: 'OptInRequired',
    message: 'The AWS Access Key Id needs a subscription for the service',
  }),
  /** moto's, in XML. */
  xmlUnknownKey: xml(403, 'InvalidClientTokenId'),
  xmlWrongSecret: xml(403, 'SignatureDoesNotMatch'),
  xmlDenied: xml(403, 'AccessDenied'),
  /** A Smithy error type with its namespace and suffix. */
  namespaced: json(400, {
    __type: 'com.amazonaws.secretsmanager#ThrottlingException:http://internal.amazon.com/coral/',
    message: 'Rate exceeded',
  }),
  /** The type in the header only. */
  headerOnly: {
    status: 400,
    body: '{"message":"gone"}',
    headers: { 'x-amzn-errortype': 'ResourceNotFoundException:http://internal.amazon.com/' },
  },
  gateway: { status: 503, body: '<html>upstream connect error</html>' },
  tooMany: { status: 429, body: '', headers: { 'retry-after': '1' } },
  loginPage: { status: 404, body: '<html>log in</html>' },
} satisfies Record<string, Answer>;
