import { AppError } from '@/lib/core/errors';
import type { Environment, Grant, Tester, TesterKind } from '@/lib/core/model';
import { accessPattern, httpOrigin, isClosedToExtensions, isLoopback } from '@/lib/core/origins';
import { createTurns } from '@/lib/core/turns';
import type { SentAsTypedView, TabView, TesterView } from '@/lib/messaging/views';
import type { KeyferryDb } from '@/lib/storage/db';
import type { Memo } from '@/lib/storage/memo';
import type { SessionStore } from '@/lib/storage/session';

import type { Environments } from './environments';
import type { PolicyInForce } from './policy';
import type { Platform } from './ports';

/** What is known of a tab, in session memory until it closes: names and ids only. */
interface TabState {
  /** Origin whose bridge has come up in this tab's page. */
  readonly bridged?: string;
  /** The document that said so last, where the browser tells one from another. */
  readonly documentId?: string | undefined;
  /** Once it is known it stays until the next document. */
  readonly kind?: TesterKind;
  /** This tab's own environment, over the tester's; of no meaning for another tester that the tab goes to. */
  readonly own?: { readonly testerId: string; readonly environmentId: string };
}

/** Which page of a tab speaks. */
interface PageInTab {
  readonly origin: string;
  readonly tabId: number;
  readonly documentId: string | undefined;
}

const TAB = 'tab:';

/** "Always" for a production environment lasts a working day: then its next request is held and asked again. */
const PRODUCTION_GRANT_MS = 12 * 60 * 60_000;

interface TesterDeps {
  readonly db: KeyferryDb;
  /** Holds what the database says. */
  readonly remember: Memo;
  readonly session: SessionStore;
  readonly environments: Pick<Environments, 'view'>;
  readonly platform: Pick<
    Platform,
    'now' | 'tabInfo' | 'hasHostAccess' | 'registerTesterScripts' | 'broadcast'
  >;
  readonly policy: Pick<
    PolicyInForce,
    'checkDestination' | 'checkTester' | 'forbidsDestination' | 'forbidsTester'
  >;
  /** Rules and approvals of a tester, environment or grant that is no more must go. */
  readonly onRevoked: (revoked: {
    readonly testerId: string;
    readonly destination?: string;
  }) => Promise<void>;
  /** What an environment's grants are bound to: its connection and path. */
  readonly bindingOf: (environmentId: string) => Promise<string>;
  /** A held request may go now. */
  readonly onGranted: () => void;
  readonly asTyped: (tabId: number) => Promise<readonly SentAsTypedView[]>;
}

/** The enabled sites, their environments and destinations. */
export function createTesters(deps: TesterDeps) {
  const { db, remember, session, environments, platform, policy, onRevoked, onGranted, bindingOf, asTyped } =
    deps;
  const tabState = async (tabId: number): Promise<TabState> =>
    (await session.get<TabState>(TAB + String(tabId))) ?? {};
  /** What is known of a tab comes from its page and from the user: of two changes at once none is lost. */
  const inTabTurn = createTurns();
  const patchTab = (tabId: number, change: TabState) =>
    inTabTurn(async () => session.set(TAB + String(tabId), { ...(await tabState(tabId)), ...change }));
  const changed = () => platform.broadcast({ type: 'changed', area: 'testers' });
  const ownEnvironment = ({ own }: TabState, { id }: Tester): string | undefined =>
    own?.testerId === id ? own.environmentId : undefined;

  /** A permission just given and the site just enabled both register: the later must see what the earlier did. */
  const inTurn = createTurns();

  /** Hook and bridge run where a tester is enabled, the browser still gives access, and no policy forbids it. */
  const registerNow = async () => {
    const origins = (await db.testers.toArray())
      .map(({ origin }) => origin)
      .filter((origin) => !policy.forbidsTester(origin));
    const allowed = await Promise.all(origins.map((origin) => platform.hasHostAccess(accessPattern(origin))));
    await platform.registerTesterScripts(origins.filter((_, at) => allowed[at]));
  };

  const register = () => inTurn(registerNow);

  const testerView = async (tester: Tester): Promise<TesterView> => {
    const [environment, grants, hostAccess] = await Promise.all([
      environments.view(tester.environmentId),
      db.grants.where({ testerId: tester.id }).toArray(),
      platform.hasHostAccess(accessPattern(tester.origin)),
    ]);
    const named = await Promise.all(
      grants.map(async ({ id, destination, environmentId, grantedAt, proposed }) => ({
        id,
        destination,
        environmentId,
        environmentName: (await environments.view(environmentId))?.name ?? '',
        grantedAt,
        hostAccess: await platform.hasHostAccess(accessPattern(destination)),
        ...(proposed ? { proposed } : {}),
        ...(policy.forbidsDestination(destination) ? { forbidden: true } : {}),
      })),
    );
    return {
      id: tester.id,
      origin: tester.origin,
      kind: tester.kind,
      workspaceId: tester.workspaceId,
      environmentId: tester.environmentId,
      environmentName: environment?.name ?? '',
      environmentState: environment?.state ?? 'not pulled',
      enabledAt: tester.enabledAt,
      grants: named,
      hostAccess,
      ...(policy.forbidsTester(tester.origin) ? { forbidden: true } : {}),
    };
  };

  /** @throws AppError `host-permission`. */
  const checkAccess = async (origin: string): Promise<void> => {
    if (await platform.hasHostAccess(accessPattern(origin))) return;
    throw new AppError('host-permission', { host: new URL(origin).host });
  };

  /** @throws AppError `not-supported-here`, `policy-forbidden`, `host-permission`. */
  const checkSite = async (origin: string): Promise<void> => {
    if (isClosedToExtensions(origin)) throw new AppError('not-supported-here', { what: 'page' });
    policy.checkTester(origin);
    await checkAccess(origin);
  };

  /**
   * What is never allowed for good, however it is asked for.
   *
   * @throws AppError `plain-http`, `policy-forbidden`.
   */
  const checkStanding = (destination: string): void => {
    const { protocol, host, hostname } = new URL(destination);
    if (protocol === 'http:' && !isLoopback(hostname)) {
      throw new AppError('plain-http', { host, what: 'destination' });
    }
    policy.checkDestination(destination);
  };

  const environmentOf = async (environmentId: string): Promise<Environment> => {
    const environment = await db.environments.get(environmentId);
    if (!environment) throw new AppError('missing', { path: '' });
    return environment;
  };

  /** A site that is enabled already, in whatever workspace, is so said. */
  const known = async ({ origin, workspaceId }: Tester, wanted: string): Promise<AppError> => {
    const { host } = new URL(origin);
    if (workspaceId === wanted) return new AppError('tester-known', { host });
    const name = (await db.workspaces.get(workspaceId))?.name ?? '';
    return new AppError('tester-elsewhere', { host, name });
  };

  const byId = async (testerId: string): Promise<Tester> => {
    const tester = await db.testers.get(testerId);
    if (!tester) throw new AppError('not-enabled');
    return tester;
  };

  return {
    register,
    byOrigin: (origin: string) => db.testers.where({ origin }).first(),
    /** The environment in force in a tab: its own, or the tester's. */
    environmentIn: async (tester: Tester, tabId: number): Promise<string> =>
      ownEnvironment(await tabState(tabId), tester) ?? tester.environmentId,

    async list(workspaceId: string): Promise<TesterView[]> {
      const testers = await db.testers.where({ workspaceId }).toArray();
      return Promise.all(testers.sort((a, b) => a.origin.localeCompare(b.origin)).map(testerView));
    },

    /** @throws AppError `request-changed` when the tab shows another site by now. */
    async enable(tabId: number, shown: string, environmentId: string): Promise<TesterView> {
      const origin = (await platform.tabInfo(tabId))?.origin ?? null;
      if (origin === null) throw new AppError('not-supported-here', { what: 'page' });
      if (origin !== shown) throw new AppError('request-changed');
      await checkSite(origin);
      const environment = await environmentOf(environmentId);
      const known = await db.testers.where({ origin }).first();
      const tester: Tester = {
        id: known?.id ?? crypto.randomUUID(),
        origin,
        kind: known?.kind ?? 'other',
        workspaceId: environment.workspaceId,
        environmentId,
        enabledAt: known?.enabledAt ?? platform.now(),
      };
      await db.testers.put(tester);
      await register();
      changed();
      return testerView(tester);
    },

    /**
     * By its origin alone, as somebody wrote it.
     *
     * @throws AppError `not-supported-here`, `policy-forbidden`, `host-permission`, `missing`, `tester-known`,
     *   `tester-elsewhere`.
     */
    async add(origin: string, environmentId: string): Promise<TesterView> {
      if (httpOrigin(origin) !== origin) throw new AppError('not-supported-here', { what: 'page' });
      await checkSite(origin);
      const { workspaceId } = await environmentOf(environmentId);
      const tester: Tester = {
        id: crypto.randomUUID(),
        ...{ origin, kind: 'other', workspaceId, environmentId },
        enabledAt: platform.now(),
      };
      await db.transaction('rw', db.testers, db.workspaces, async () => {
        const there = await db.testers.where({ origin }).first();
        if (there) throw await known(there, workspaceId);
        await db.testers.add(tester);
      });
      await register();
      changed();
      return testerView(tester);
    },

    async disable(testerId: string): Promise<void> {
      await db.transaction('rw', db.testers, db.grants, async () => {
        await db.testers.delete(testerId);
        await db.grants.where({ testerId }).delete();
      });
      await register();
      await onRevoked({ testerId });
      changed();
    },

    /** For all tabs of the tester, or for one until it closes. */
    async setEnvironment(testerId: string, environmentId: string, tabId?: number): Promise<void> {
      const tester = await byId(testerId);
      const environment = await db.environments.get(environmentId);
      if (environment?.workspaceId !== tester.workspaceId) throw new AppError('missing', { path: '' });
      if (tabId === undefined) await db.testers.update(testerId, { environmentId });
      else await patchTab(tabId, { own: { testerId, environmentId } });
      // Rules of the environment before go, and requests that wait are looked at anew.
      await onRevoked({ testerId });
      changed();
    },

    async revokeGrant(grantId: string): Promise<void> {
      const grant = await db.grants.get(grantId);
      if (!grant) return;
      await db.grants.delete(grantId);
      await onRevoked({ testerId: grant.testerId, destination: grant.destination });
      changed();
    },

    /** A standing permission that still fits what it was given for. */
    async grantFor(
      testerId: string,
      environmentId: string,
      destination: string,
      boundTo: string,
    ): Promise<Grant | null> {
      const [found, environment] = await remember(`grant ${testerId} ${environmentId} ${destination}`, () =>
        Promise.all([
          db.grants.where({ testerId, environmentId, destination }).toArray(),
          db.environments.get(environmentId),
        ]),
      );
      const grant = found.find(({ proposed }) => !proposed);
      if (!grant) return null;
      const { production } = environment ?? { production: true };
      const over = production && platform.now() - grant.grantedAt > PRODUCTION_GRANT_MS;
      if (grant.boundTo === boundTo && !over) return grant;
      await db.grants.delete(grant.id);
      return null;
    },

    async addGrant(grant: Omit<Grant, 'id' | 'grantedAt'>): Promise<void> {
      const { testerId, environmentId, destination } = grant;
      policy.checkDestination(destination);
      await db.transaction('rw', db.grants, async () => {
        // Whatever stood there, a proposal as well, is answered by it.
        await db.grants.where({ testerId, environmentId, destination }).delete();
        await db.grants.add({
          ...grant,
          id: crypto.randomUUID(),
          grantedAt: platform.now(),
          proposed: false,
        });
      });
      changed();
    },

    /**
     * A destination that no request has asked for yet, under the rules of “Always” on a card, for what its environment
     * points to now.
     *
     * @throws AppError `not-enabled`, `missing`, `bad-message`, `plain-http`, `policy-forbidden`, `host-permission`.
     */
    async addDestination(testerId: string, environmentId: string, destination: string): Promise<void> {
      const { origin, workspaceId } = await byId(testerId);
      policy.checkTester(origin);
      const environment = await environmentOf(environmentId);
      if (environment.workspaceId !== workspaceId) throw new AppError('missing', { path: '' });
      if (httpOrigin(destination) !== destination) throw new AppError('bad-message');
      checkStanding(destination);
      await checkAccess(destination);
      const boundTo = await bindingOf(environmentId);
      await this.addGrant({ testerId, environmentId, destination, boundTo });
      onGranted();
    },

    /**
     * A proposal becomes a grant, for what its environment points to now.
     *
     * @throws AppError `missing` when it is gone, `plain-http` for what is never allowed for good.
     */
    async acceptGrant(grantId: string): Promise<void> {
      const grant = await db.grants.get(grantId);
      if (!grant) throw new AppError('missing', { path: '' });
      checkStanding(grant.destination);
      const boundTo = await bindingOf(grant.environmentId);
      await db.grants.update(grantId, { proposed: false, boundTo, grantedAt: platform.now() });
      onGranted();
      changed();
    },

    /** Grants of testers on this computer end at the lock: any program may take the port next time. */
    async endLoopbackGrants(): Promise<void> {
      const local = (await db.testers.toArray()).filter(({ origin }) => isLoopback(new URL(origin).hostname));
      await db.grants
        .where('testerId')
        .anyOf(local.map(({ id }) => id))
        .filter(({ proposed }) => !proposed)
        .delete();
    },

    /**
     * A bridge came up: this page needs no reload, and says what kind of tester it is. A page draws itself some time
     * after it has loaded, so its word counts once more when it knows better; what it says after that changes nothing.
     */
    async hello({ origin, tabId, documentId }: PageInTab, kind: TesterKind): Promise<void> {
      const tester = await db.testers.where({ origin }).first();
      if (!tester) throw new AppError('not-enabled');
      const isNews = await inTabTurn(async () => {
        const state = await tabState(tabId);
        const isKnown = state.bridged === origin && state.documentId === documentId;
        if (isKnown && (kind === 'other' || state.kind !== 'other')) return false;
        await session.set(TAB + String(tabId), { ...state, bridged: origin, documentId, kind });
        return true;
      });
      if (!isNews) return;
      if (tester.kind !== kind && kind !== 'other') await db.testers.update(tester.id, { kind });
      changed();
    },

    async tabView(tabId?: number): Promise<TabView | null> {
      const tab = await platform.tabInfo(tabId);
      if (!tab) return null;
      const [tester, state, sentAsTyped] = await Promise.all([
        tab.origin === null ? undefined : db.testers.where({ origin: tab.origin }).first(),
        tabState(tab.tabId),
        asTyped(tab.tabId),
      ]);
      const own = tester && ownEnvironment(state, tester);
      return {
        tabId: tab.tabId,
        origin: tab.origin,
        tester: tester ? await testerView(tester) : null,
        environmentId: tester ? (own ?? tester.environmentId) : null,
        overridden: own !== undefined,
        needsReload: tester !== undefined && state.bridged !== tab.origin,
        kind: state.kind ?? tester?.kind ?? 'other',
        ...(tab.origin !== null && policy.forbidsTester(tab.origin) ? { forbidden: true } : {}),
        sentAsTyped,
      };
    },

    tabClosed: (tabId: number) => inTabTurn(() => session.remove(TAB + String(tabId))),
  };
}

export type Testers = ReturnType<typeof createTesters>;
