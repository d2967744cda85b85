import type { Asker, InjectionDeps, SentAsTyped } from './contract';
import type { Ledger } from './ledger';

const MOST = 20;

/** Bare placeholders that went out untouched, by tab: the popup says so. */
export function createSentAsTyped(deps: InjectionDeps, ledger: Ledger, changed: () => void) {
  const { state } = ledger;

  function put(tabId: number, list: SentAsTyped[]): void {
    if (list.length > 0) state.asTyped[tabId] = list;
    else Reflect.deleteProperty(state.asTyped, tabId);
    changed();
  }

  const list = (tabId: number) => state.asTyped[tabId] ?? [];

  return {
    list: (tabId: number): SentAsTyped[] => [...list(tabId)],

    /** Each name once, with its last time. */
    async note(names: readonly string[], { tabId }: Pick<Asker, 'tabId'>): Promise<void> {
      const fresh = [...new Set(names)].filter((name) => /^[A-Za-z0-9_.-]{1,200}$/.test(name));
      if (fresh.length === 0) return;
      const at = deps.now();
      put(
        tabId,
        [
          ...list(tabId).filter(({ name }) => !fresh.includes(name)),
          ...fresh.map((name) => ({ id: deps.randomId(), name, at })),
        ].slice(-MOST),
      );
      await ledger.save();
    },

    async dismiss(tabId: number, noticeId: string): Promise<void> {
      put(
        tabId,
        list(tabId).filter(({ id }) => id !== noticeId),
      );
      await ledger.save();
    },

    /** A page says hello more than once, as its tester may be known late: its own notes stay. */
    loaded(tabId: number, documentId: string | undefined): void {
      if (documentId !== undefined && state.shown[tabId] === documentId) return;
      this.forget(tabId);
      if (documentId === undefined) return;
      state.shown[tabId] = documentId;
      void ledger.save();
    },

    forget(tabId: number): void {
      if (!state.asTyped[tabId] && !state.shown[tabId]) return;
      Reflect.deleteProperty(state.shown, tabId);
      put(tabId, []);
      void ledger.save();
    },
  };
}
