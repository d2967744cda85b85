/**
 * The guides. In a text, `**…**` is bold and backticks are code. A step may bring a block to copy: fixed
 * text, or a policy that is made from the saved settings.
 */
export interface GuideStep {
  readonly text: string;
  readonly block?:
    { readonly title: string; readonly text: string } | { readonly made: 'vault-policy' | 'iam-policy' };
  readonly link?: { readonly to: string; readonly label: string };
}

export interface Guide {
  readonly topic: string;
  readonly title: string;
  readonly group: string;
  readonly intro: string;
  readonly steps: readonly GuideStep[];
}

const toVault = { to: '/vault', label: 'Open Vault settings' } as const;

export const guides: readonly Guide[] = [
  {
    topic: 'vault-approle',
    title: 'Vault policy and AppRole',
    group: 'HashiCorp Vault',
    intro: 'About 5 minutes, for somebody who may write policies. Made from your saved settings.',
    steps: [
      {
        text: 'Save this policy as `keyferry.hcl`. It allows to list and read below your path prefix, and nothing else.',
        block: { made: 'vault-policy' },
      },
      {
        text: 'Write it to Vault. On OpenBao the command is `bao` instead of `vault`.',
        block: { title: 'Policy', text: 'vault policy write keyferry keyferry.hcl\n' },
      },
      {
        text: 'Make a role with it. The token lives an hour and Keyferry renews it.',
        block: {
          title: 'AppRole',
          text: 'vault auth enable approle\nvault write auth/approle/role/keyferry \\\n  token_policies=keyferry token_ttl=1h token_max_ttl=12h\n',
        },
      },
      {
        text: 'Read the two ids. The Secret ID is shown once.',
        block: {
          title: 'Ids',
          text: 'vault read -field=role_id auth/approle/role/keyferry/role-id\nvault write -f -field=secret_id auth/approle/role/keyferry/secret-id\n',
        },
      },
      {
        text: 'Here: **Settings → Vault**, **HashiCorp Vault**, **AppRole**. Paste **Role ID** and **Secret ID**, press **Test Connection**, then **Save**.',
        link: toVault,
      },
      {
        text: 'With namespaces (OpenBao, Vault Enterprise): write the namespace of the role into **Namespace**, and the full mount path into **Engine Path**, such as `team-a/secret`. Inside a namespace its own name is left out of the policy’s paths.',
      },
    ],
  },
  {
    topic: 'openbao-dev',
    title: 'An OpenBao server to try',
    group: 'HashiCorp Vault',
    intro: 'About 2 minutes. Everything in it is gone when the server ends.',
    steps: [
      {
        text: 'Install OpenBao (openbao.org) and start a development server. It listens on this computer only and has a KV engine at `secret`.',
        block: { title: 'Server', text: 'bao server -dev -dev-root-token-id=dev-only-token\n' },
      },
      {
        text: 'In another terminal, store a first secret.',
        block: {
          title: 'First secret',
          text: 'export BAO_ADDR=http://127.0.0.1:8200 BAO_TOKEN=dev-only-token\nbao kv put secret/orders/staging API_KEY=try-me BASE_URL=https://api.example.com\n',
        },
      },
      {
        text: 'Here: **Settings → Vault**, Vault URL `http://127.0.0.1:8200`, **Token** `dev-only-token`, Engine Path `secret`. Press **Test Connection**, **Save**, **Pull All**.',
        link: toVault,
      },
    ],
  },
  {
    topic: 'verify-ssl',
    title: 'Verify SSL, and self-signed certificates',
    group: 'HashiCorp Vault',
    intro: 'Why a certificate is refused, and the two ways out.',
    steps: [
      {
        text: '**The good way:** install the certificate authority of your Vault in your operating system or browser, as your team does for other internal sites. Leave **Verify SSL** on.',
      },
      {
        text: '**For a development server:** switch **Verify SSL** off. An extension cannot skip your browser’s check, but it can use a certificate that you accepted yourself.',
      },
      {
        text: 'Open the server in a tab, look at the certificate on your browser’s warning page, and accept it there. Then press **Test Connection** again.',
        link: toVault,
      },
      {
        text: 'Some servers ask browsers for strict security (HSTS). Their warning page offers no way to go on; then only the good way works. An accepted certificate counts for this computer and private networks only.',
      },
    ],
  },
  {
    topic: 'aws-iam',
    title: 'IAM user with the minimal policy',
    group: 'AWS Secrets Manager',
    intro: 'About 4 minutes in the AWS console. Made from your saved settings.',
    steps: [
      {
        text: 'In the AWS console open **IAM → Users → Create user**. Name it, for example `keyferry`, and press **Next**.',
      },
      {
        text: 'Choose **Attach policies directly**, then **Create policy**, then the **JSON** tab. Paste this:',
        block: { made: 'iam-policy' },
      },
      {
        text: 'Name the policy `KeyferryRead`, create it, go back and attach it to the user. Secrets encrypted with a key of your own also need `kms:Decrypt` on that key.',
      },
      {
        text: 'On the user’s page: **Security credentials → Create access key → Application running outside AWS**. Copy the **Access Key ID** and the **Secret Access Key**.',
      },
      {
        text: 'Here: **Settings → Vault**, **AWS Secrets Manager**, **Access Keys**, paste both, press **Test Connection**, then **Save**.',
        link: toVault,
      },
    ],
  },
  {
    topic: 'aws-first-secret',
    title: 'Your first secret in AWS',
    group: 'AWS Secrets Manager',
    intro: 'About 2 minutes in the AWS console.',
    steps: [
      {
        text: 'In the AWS console choose your region at the top right, then open **Secrets Manager → Store a new secret**.',
      },
      {
        text: 'Choose **Other type of secret**. Under **Key/value pairs** write one row a variable, for example `API_KEY` and its value.',
      },
      {
        text: 'Press **Next**. Name the secret like a path, for example `orders/staging`: each secret becomes one environment, and its path tells them apart.',
      },
      { text: 'Press **Next**, leave rotation off, and **Store** it.' },
      { text: 'Here: press **Pull All**. The environment appears with its variables.', link: toVault },
    ],
  },
  {
    topic: 'placeholders',
    title: 'Placeholders, and what is sent as typed',
    group: 'Using Keyferry',
    intro: 'What to write in the tester, and what leaves the page.',
    steps: [
      {
        text: 'Write `{{vault:API_KEY}}` where the value belongs, in a header or an authorization field. The page keeps the placeholder; only the request carries the value.',
      },
      {
        text: 'A nested value is reached by dots: `{{vault:db.password}}`. A secret that is plain text is the variable `VALUE`.',
      },
      {
        text: 'The short form `{{API_KEY}}` works where the tester leaves it alone. Swagger UI and Scalar do; some clients fill it in themselves, so the long form is the safe one.',
      },
      {
        text: 'If `{{vault:X}}` is no variable of the environment, the request is stopped and you are told. A short `{{x}}` that is no variable goes out as typed, and the popup says so.',
      },
      {
        text: 'The first request to a new destination waits until you allow it in the popup. In a URL or a body, placeholders are stopped for now.',
      },
    ],
  },
  {
    topic: 'passphrase',
    title: 'Passphrase, and what if it is lost',
    group: 'Using Keyferry',
    intro: 'What the passphrase seals, and the way back without it.',
    steps: [
      {
        text: 'It seals your Vault token or AWS keys on this computer. Secret values are never stored: they live in memory and are wiped on lock and when the browser closes.',
      },
      {
        text: 'It cannot be recovered, by anyone. If it is lost, open **Settings → Security**, press **Wipe everything…** and set Keyferry up again. Your secrets stay safe at the provider.',
        link: { to: '/security', label: 'Open Security' },
      },
      { text: 'Four or five unrelated words are strong and easy to type.' },
    ],
  },
];

export const helpCopy = {
  title: 'Help',
  intro: 'Step by step, with what your settings say filled in.',
  guides: 'Guides',
  keyboardTitle: 'Keyboard',
  keyboardIntro: 'Where a shortcut works, it is also shown there.',
  unknown: 'There is no such guide',
  copy: 'Copy',
  copyBlock: (title: string) => `Copy: ${title}`,
  copied: 'Copied.',
  vaultPolicyTitle: (path: string) => `Policy for ${path}`,
  iamPolicyTitle: (path: string, region: string) => `Policy for ${path} in ${region}`,
  anyRegion: 'any region',
  kvVersion: 'KV engine',
  kv2: 'Version 2',
  kv1: 'Version 1',
  kvHint: 'Test Connection tells which one it is.',
  server: 'Server',
  vault: 'Vault',
  openbao: 'OpenBao',
  serverHint: 'OpenBao lists faster with scan, which Vault does not know.',
  forPolicy: 'What the policy is for',
} as const;
