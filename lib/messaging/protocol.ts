import * as v from 'valibot';

import type { InnerNames } from '@/lib/core/inner-names';
import { TESTER_KINDS } from '@/lib/core/model';
import type { TestStep } from '@/lib/core/test-steps';
import { LONGEST_NAME, type Variable } from '@/lib/core/variables';

import type {
  ConfigurationFileView,
  ConfigurationPreview,
  ImportResult,
  WorkspaceView,
} from './configuration';
import type {
  AbilitiesView,
  DiffRow,
  EditorView,
  ImportPreview,
  MigrationView,
  PathState,
  PushView,
  RemovalView,
  ReviewView,
  VersionView,
} from './editing';
import type {
  ConnectionView,
  EnvironmentView,
  JobView,
  PopupView,
  StatusView,
  TesterView,
  VariableView,
} from './views';

/** `page` is our own popup or options page; `bridge` is the content script of an enabled tester. */
export type SenderKind = 'page' | 'bridge';

interface Message<From extends SenderKind, Request extends v.GenericSchema, Response> {
  readonly from: From;
  readonly request: Request;
  /** Type only: what the handler answers. */
  readonly response?: Response;
}

function page<Request extends v.GenericSchema>(request: Request) {
  return { as: <Response>(): Message<'page', Request, Response> => ({ from: 'page', request }) };
}

function bridge<Request extends v.GenericSchema>(request: Request) {
  return { as: <Response>(): Message<'bridge', Request, Response> => ({ from: 'bridge', request }) };
}

const none = v.strictObject({});
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const tab = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Names of variables or environments: more than any secret or workspace has. */
const MOST_NAMES = 10_000;
/** Requests on one card: more than may wait. */
const MOST_REQUESTS = 1_000;
/** More than a configuration file may have, so that a larger one is refused with a reason. */
const FILE_CHARACTERS = 20_000_000;
const passphrase = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const minutes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_080));

const hashicorpSettings = v.strictObject({
  url: text(2048),
  auth: v.picklist(['token', 'approle']),
  namespace: text(512),
  enginePath: text(1024),
  verifySsl: v.boolean(),
  autoSync: v.boolean(),
  prefix: text(1024),
});
const awsSettings = v.strictObject({
  region: text(64),
  auth: v.picklist(['keys', 'profile', 'default-chain']),
  autoSync: v.boolean(),
  prefix: text(512),
  endpoint: text(2048),
});
const credential = v.pipe(v.string(), v.minLength(1), v.maxLength(16_384));
const hashicorpCredentials = v.variant('kind', [
  v.strictObject({ kind: v.literal('token'), token: credential }),
  v.strictObject({ kind: v.literal('approle'), roleId: credential, secretId: credential }),
]);
const awsCredentials = v.strictObject({
  kind: v.literal('keys'),
  accessKeyId: credential,
  secretAccessKey: credential,
  sessionToken: v.optional(credential),
});
/** Credentials are left out to use the sealed ones. */
const connectionForm = v.variant('provider', [
  v.strictObject({
    scope: id,
    provider: v.literal('hashicorp'),
    settings: hashicorpSettings,
    credentials: v.optional(hashicorpCredentials),
  }),
  v.strictObject({
    scope: id,
    provider: v.literal('aws'),
    settings: awsSettings,
    credentials: v.optional(awsCredentials),
  }),
]);
export type ConnectionForm = v.InferOutput<typeof connectionForm>;

/** One edit of a draft. `set` makes or changes; `reset` undoes what was changed on one variable. */
const edit = v.variant('op', [
  v.strictObject({
    op: v.literal('set'),
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_NAME)),
    type: v.picklist(['string', 'json', 'binary']),
    text: text(2_000_000),
  }),
  v.strictObject({ op: v.literal('remove'), name: text(LONGEST_NAME) }),
  v.strictObject({
    op: v.literal('rename'),
    name: text(LONGEST_NAME),
    to: v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_NAME)),
  }),
  v.strictObject({ op: v.literal('reset'), name: text(LONGEST_NAME) }),
]);
export type Edit = v.InferOutput<typeof edit>;

/** Of all headers of a held request together: no server takes as much. */
const HEADER_CHARACTERS = 65_536;
const headers = v.pipe(
  v.array(v.strictTuple([text(256), text(HEADER_CHARACTERS)])),
  v.maxLength(200),
  v.check(
    (all) => all.reduce((sum, [name, value]) => sum + name.length + value.length, 0) <= HEADER_CHARACTERS,
  ),
);

/** Of an address's path, as it is kept and shown while the request waits. */
const PATH_CHARACTERS = 8_192;
const address = v.pipe(
  text(65_536),
  v.check((url) => (URL.parse(url)?.pathname.length ?? 0) <= PATH_CHARACTERS),
);

/** A request that the hook holds back. Everything in it comes from the page and is not trusted. */
const heldRequest = v.strictObject({
  requestId: v.pipe(v.string(), v.uuid()),
  /** Absolute, as the page will send it. */
  url: address,
  method: v.pipe(v.string(), v.regex(/^[A-Za-z]{1,20}$/)),
  /** Only headers that hold placeholders. */
  headers,
  /** Where else a `{{vault:` placeholder was seen; such a request is not sent. */
  elsewhere: v.pipe(v.array(v.picklist(['url', 'body'])), v.maxLength(2)),
  /** Set by the bridge, not by the page: whether every ancestor frame has the frame's own origin. */
  framed: v.picklist(['top', 'same-origin', 'foreign']),
});
export type HeldRequest = v.InferOutput<typeof heldRequest>;

/** What becomes of a held request. `held`: ask again with the same id; the user has not answered. */
export type InjectAnswer =
  | { readonly state: 'armed'; readonly nonce: string }
  | { readonly state: 'as-typed' }
  | {
      readonly state: 'held';
      readonly reason: 'unlock' | 'pull' | 'destination';
      readonly names: readonly string[];
    };

/**
 * Every message: who may send it, the schema of its request, the type of its answer. Replies are
 * `{ok: true, value}` or `{ok: false, code, details, retryable}`; see `router.ts` and `client.ts`.
 */
export const protocol = {
  'status/view': page(none).as<StatusView>(),
  'popup/view': page(v.strictObject({ tabId: v.optional(tab) })).as<PopupView>(),

  'lock/set-up': page(v.strictObject({ passphrase })).as<null>(),
  'lock/unlock': page(v.strictObject({ passphrase })).as<null>(),
  'lock/lock': page(none).as<null>(),
  'lock/settings': page(
    v.strictObject({
      idleMinutes: minutes,
      maxMinutes: minutes,
      clipboardSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3600)),
    }),
  ).as<null>(),
  'lock/change-passphrase': page(v.strictObject({ current: passphrase, next: passphrase })).as<null>(),
  /** Forgets everything Keyferry has stored; the secrets at the provider stay. */
  'lock/wipe': page(none).as<null>(),

  'workspaces/list': page(none).as<readonly WorkspaceView[]>(),
  'workspace/create': page(v.strictObject({ name: text(200) })).as<WorkspaceView>(),
  'workspace/rename': page(v.strictObject({ workspaceId: id, name: text(200) })).as<WorkspaceView>(),
  /** With everything in it, credentials included; the secrets at the provider stay. The last one cannot go. */
  'workspace/delete': page(v.strictObject({ workspaceId: id })).as<null>(),
  'workspace/switch': page(v.strictObject({ workspaceId: id })).as<null>(),

  'configuration/export': page(none).as<ConfigurationFileView>(),
  /** What the file would change. @throws `file-invalid` with reason, line, column and place. */
  'configuration/preview': page(v.strictObject({ text: text(FILE_CHARACTERS) })).as<ConfigurationPreview>(),
  /** Brings in the chosen items of a preview, all in one step or not at all. */
  'configuration/import': page(
    v.strictObject({
      text: text(FILE_CHARACTERS),
      preview: id,
      choices: v.pipe(v.array(text(1000)), v.maxLength(100_000)),
    }),
  ).as<ImportResult>(),

  'connection/view': page(v.strictObject({ scope: id })).as<ConnectionView>(),
  'connection/save': page(connectionForm).as<ConnectionView>(),
  /** A workspace goes back to the global defaults: its own settings and credentials are forgotten, environments stay. */
  'connection/reset': page(v.strictObject({ scope: id })).as<ConnectionView>(),
  /** Steps come over the port under `testId` as they happen; the answer is all of them. */
  'connection/test': page(v.strictObject({ testId: id, form: connectionForm })).as<readonly TestStep[]>(),
  'connection/test-cancel': page(v.strictObject({ testId: id })).as<null>(),

  'pull/all': page(v.strictObject({ scope: id, tabId: v.optional(tab) })).as<JobView>(),
  'pull/one': page(v.strictObject({ environmentId: id })).as<JobView>(),
  'pull/cancel': page(v.strictObject({ jobId: id })).as<null>(),

  'environments/list': page(v.strictObject({ workspaceId: id })).as<readonly EnvironmentView[]>(),
  'environment/variables': page(v.strictObject({ environmentId: id })).as<readonly VariableView[] | null>(),
  /** The value, by the user's gesture; `null` when the variable is not there. */
  'environment/value': page(
    v.strictObject({ environmentId: id, name: text(LONGEST_NAME) }),
  ).as<Variable | null>(),
  /** The first names inside of a JSON variable, see `listInside`; no value. `null` when the variable is not there. */
  'environment/inside': page(
    v.strictObject({
      environmentId: id,
      name: text(LONGEST_NAME),
      most: v.pipe(v.number(), v.integer(), v.minValue(1)),
    }),
  ).as<InnerNames | null>(),
  'environment/production': page(v.strictObject({ environmentId: id, production: v.boolean() })).as<null>(),

  'environment/create': page(
    v.strictObject({ workspaceId: id, name: text(200), sync: v.boolean(), path: v.optional(text(1024)) }),
  ).as<EnvironmentView>(),
  /** Never moves a secret. */
  'environment/rename': page(v.strictObject({ environmentId: id, name: text(200) })).as<EnvironmentView>(),
  /** What is at a path, before an environment is linked to it. */
  'environment/path-state': page(
    v.strictObject({ workspaceId: id, path: text(1024), environmentId: v.optional(id) }),
  ).as<PathState>(),
  /** Vault Sync on or off. On needs a free path, or says how to join with what is there; nothing is overwritten. */
  'environment/sync': page(
    v.variant('sync', [
      v.strictObject({ environmentId: id, sync: v.literal(false) }),
      v.strictObject({
        environmentId: id,
        sync: v.literal(true),
        path: text(1024),
        join: v.optional(v.picklist(['theirs', 'merge'])),
      }),
    ]),
  ).as<EnvironmentView>(),
  /** `provider` removes the secret too, recoverably (KV v1: for good, only with `permanent`). */
  'environment/delete': page(
    v.strictObject({
      environmentId: id,
      where: v.picklist(['here', 'provider']),
      days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(7), v.maxValue(30))),
      permanent: v.optional(v.boolean()),
    }),
  ).as<RemovalView | null>(),

  'editor/view': page(v.strictObject({ environmentId: id })).as<EditorView>(),
  'editor/abilities': page(v.strictObject({ environmentId: id })).as<AbilitiesView>(),
  'editor/edit': page(
    v.strictObject({ environmentId: id, edits: v.pipe(v.array(edit), v.maxLength(2000)) }),
  ).as<EditorView>(),
  'editor/undo': page(v.strictObject({ environmentId: id })).as<EditorView>(),
  'editor/discard': page(v.strictObject({ environmentId: id })).as<EditorView>(),
  /** The value of one side, by the user's gesture; `within` the JSON variable that a dotted name leads into. */
  'editor/value': page(
    v.strictObject({
      environmentId: id,
      name: text(LONGEST_NAME),
      side: v.picklist(['mine', 'base']),
      within: v.optional(text(LONGEST_NAME)),
    }),
  ).as<Variable | null>(),
  /** The names inside of the draft's JSON variables that are open, each with how many at most; see `listInside`. */
  'editor/inside': page(
    v.strictObject({
      environmentId: id,
      query: text(LONGEST_NAME),
      open: v.pipe(
        v.array(v.strictTuple([text(LONGEST_NAME), v.pipe(v.number(), v.integer(), v.minValue(1))])),
        v.maxLength(MOST_NAMES),
      ),
    }),
  ).as<readonly InnerNames[]>(),
  'editor/import-preview': page(
    v.strictObject({ environmentId: id, text: text(2_000_000) }),
  ).as<ImportPreview>(),
  /** Adds the named variables of the text to the draft; nothing is pushed. */
  'editor/import': page(
    v.strictObject({
      environmentId: id,
      text: text(2_000_000),
      names: v.pipe(v.array(text(LONGEST_NAME)), v.maxLength(MOST_NAMES)),
    }),
  ).as<EditorView>(),

  /** Re-reads theirs and merges. */
  'push/review': page(v.strictObject({ environmentId: id })).as<ReviewView>(),
  'push/commit': page(
    v.strictObject({
      reviewId: id,
      /** One per conflict of the review, by variable. */
      choices: v.pipe(
        v.array(v.strictTuple([text(LONGEST_NAME), v.picklist(['mine', 'theirs'])])),
        v.maxLength(MOST_NAMES),
      ),
    }),
  ).as<PushView>(),
  'push/value': page(
    v.strictObject({
      reviewId: id,
      name: text(LONGEST_NAME),
      side: v.picklist(['base', 'mine', 'theirs', 'result']),
    }),
  ).as<Variable | null>(),
  /** Every edited environment of the workspace, or those named; conflicts are skipped and named. */
  'push/bulk': page(
    v.strictObject({
      workspaceId: id,
      environmentIds: v.optional(v.pipe(v.array(id), v.maxLength(MOST_NAMES))),
    }),
  ).as<JobView>(),

  'history/list': page(v.strictObject({ environmentId: id })).as<readonly VersionView[]>(),
  'history/compare': page(v.strictObject({ environmentId: id, before: text(64), after: text(64) })).as<
    readonly DiffRow[]
  >(),
  'history/value': page(
    v.strictObject({ environmentId: id, version: text(64), name: text(LONGEST_NAME) }),
  ).as<Variable | null>(),
  /** Writes an old version as a new one, if the `current` that the list showed still is; `null`: it showed none. */
  'history/restore': page(
    v.strictObject({ environmentId: id, version: text(64), current: v.nullable(text(64)) }),
  ).as<PushView>(),
  'history/undelete': page(v.strictObject({ environmentId: id, version: v.optional(text(64)) })).as<null>(),

  'migration/view': page(v.strictObject({ environmentId: id })).as<MigrationView | null>(),
  'migration/start': page(
    v.strictObject({ environmentId: id, path: text(1024), permanent: v.optional(v.boolean()) }),
  ).as<MigrationView>(),
  'migration/resume': page(
    v.strictObject({ environmentId: id, withoutMetadata: v.optional(v.boolean()) }),
  ).as<MigrationView>(),
  /** Leaves things as they are and forgets the plan. */
  'migration/abandon': page(v.strictObject({ environmentId: id })).as<null>(),

  /** A value was copied: start the countdown. The name is for the toast; the value lets the clearing check what it clears. */
  'clipboard/copied': page(
    // `mine`: the draft's value was copied, not the one in use; see `editor/value`.
    v.strictObject({
      environmentId: id,
      name: text(LONGEST_NAME),
      side: v.optional(v.literal('mine')),
      within: v.optional(text(LONGEST_NAME)),
    }),
  ).as<null>(),
  'clipboard/clear': page(none).as<null>(),

  'testers/list': page(v.strictObject({ workspaceId: id })).as<readonly TesterView[]>(),
  /** `origin` is the site that the user saw: the tab may have gone elsewhere meanwhile. */
  'tester/enable': page(
    v.strictObject({ tabId: tab, origin: text(2048), environmentId: id }),
  ).as<TesterView>(),
  /** Enables a site by its origin; no tab need show it. */
  'tester/add': page(v.strictObject({ origin: text(2048), environmentId: id })).as<TesterView>(),
  'tester/disable': page(v.strictObject({ testerId: id })).as<null>(),
  /** With `tabId` for that tab only, until it closes. */
  'tester/environment': page(
    v.strictObject({ testerId: id, environmentId: id, tabId: v.optional(tab) }),
  ).as<null>(),
  'tester/notice-dismiss': page(v.strictObject({ tabId: tab, noticeId: id })).as<null>(),
  /** Lets a tester send an environment's values to an origin, as “Always” on a card does. */
  'grant/add': page(v.strictObject({ testerId: id, environmentId: id, destination: text(2048) })).as<null>(),
  'grant/revoke': page(v.strictObject({ grantId: id })).as<null>(),
  /** Accepts a proposal of an imported file, for what the environment points to now. */
  'grant/accept': page(v.strictObject({ grantId: id })).as<null>(),

  'approval/answer': page(
    v.strictObject({
      approvalId: id,
      /** The ids that the card showed: later requests are not answered by it. */
      requestIds: v.pipe(v.array(id), v.maxLength(MOST_REQUESTS)),
      decision: v.picklist(['once', 'always', 'refuse', 'as-typed']),
    }),
  ).as<null>(),

  'inject/request': bridge(heldRequest).as<InjectAnswer>(),
  /** The page gave up: forget the request. */
  'inject/abandon': bridge(v.strictObject({ requestId: v.pipe(v.string(), v.uuid()) })).as<null>(),
  /** The bridge came up in a page; says what kind of tester it sees. */
  'inject/hello': bridge(v.strictObject({ kind: v.picklist(TESTER_KINDS) })).as<null>(),
} as const;

export type MessageKind = keyof typeof protocol;
export type RequestOf<Kind extends MessageKind> = v.InferOutput<(typeof protocol)[Kind]['request']>;
export type ResponseOf<Kind extends MessageKind> = Exclude<(typeof protocol)[Kind]['response'], undefined>;
