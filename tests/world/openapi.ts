/** The sample API's OpenAPI document: one operation per kind of auth, place of a value, and kind of answer. */

const AUTH = {
  ApiKeyHeader: { path: '/secure/header', scheme: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
  ApiKeyQuery: { path: '/secure/query', scheme: { type: 'apiKey', in: 'query', name: 'api_key' } },
  ApiKeyCookie: { path: '/secure/cookie', scheme: { type: 'apiKey', in: 'cookie', name: 'session' } },
  Bearer: { path: '/secure/bearer', scheme: { type: 'http', scheme: 'bearer' } },
  Basic: { path: '/secure/basic', scheme: { type: 'http', scheme: 'basic' } },
  OAuth2: {
    path: '/secure/oauth2',
    scheme: {
      type: 'oauth2',
      flows: { clientCredentials: { tokenUrl: '{api}/oauth/token', scopes: { read: 'Read' } } },
    },
  },
  OpenId: {
    path: '/secure/openid',
    scheme: { type: 'openIdConnect', openIdConnectUrl: '{api}/.well-known/openid-configuration' },
  },
} as const;

const BODIES = {
  json: ['application/json', { type: 'object', example: { secret: 'value' } }],
  form: ['application/x-www-form-urlencoded', fields({ secret: { type: 'string' } })],
  multipart: [
    'multipart/form-data',
    fields({ secret: { type: 'string' }, file: { type: 'string', format: 'binary' } }),
  ],
  text: ['text/plain', { type: 'string' }],
  binary: ['application/octet-stream', { type: 'string', format: 'binary' }],
} as const;

const PARAMETERS = { path: 'id', query: 'search', header: 'X-Custom', cookie: 'choice' } as const;

function fields(properties: object): object {
  return { type: 'object', properties };
}

function operation(tag: string, operationId: string, more: object = {}): object {
  return { tags: [tag], operationId, responses: { 200: { description: 'Fine' } }, ...more };
}

/**
 * @param api The sample API's origin.
 * @returns An OpenAPI 3.0 document. Tags: `auth`, `places`, `answers`; operation ids: the security scheme's name,
 *   `jsonBody` …, `headerParameter` …, `echo`, `redirectSamePath` ….
 */
export function openApiFor(api: string): object {
  const auth = Object.entries(AUTH).map(([name, { path }]) => [
    path,
    { get: operation('auth', name, { security: [{ [name]: [] }] }) },
  ]);
  const bodies = Object.entries(BODIES).map(([kind, [type, schema]]) => [
    `/body/${kind}`,
    { post: operation('places', `${kind}Body`, { requestBody: { content: { [type]: { schema } } } }) },
  ]);
  const parameters = Object.entries(PARAMETERS).map(([place, name]) => [
    place === 'path' ? `/parameter/path/{${name}}` : `/parameter/${place}`,
    {
      get: operation('places', `${place}Parameter`, {
        parameters: [{ in: place, name, required: place === 'path', schema: { type: 'string' } }],
      }),
    },
  ]);
  const answers = Object.entries({
    echo: '/echo',
    redirectSamePath: '/redirect/same-path',
    redirectOtherPath: '/redirect/other-path',
    redirectOtherOrigin: '/redirect/other-origin',
    slow: '/slow',
    stream: '/stream',
  }).map(([name, path]) => [
    path,
    { get: operation('answers', name, { security: [{ ApiKeyHeader: [] }, {}] }) },
  ]);
  const schemes = Object.entries(AUTH).map(([name, { scheme }]) => [name, scheme]);
  const document = {
    openapi: '3.0.3',
    info: { title: 'Sample API', version: '1.0.0' },
    servers: [{ url: '{api}' }],
    paths: Object.fromEntries([...auth, ...bodies, ...parameters, ...answers]) as object,
    components: { securitySchemes: Object.fromEntries(schemes) as object },
  };
  return JSON.parse(JSON.stringify(document).replaceAll('{api}', api)) as object;
}
