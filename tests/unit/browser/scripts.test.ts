import { beforeEach, describe, expect, it, vi } from 'vitest';

interface Script {
  readonly id: string;
  readonly matches: readonly string[];
}

/** The browser's own book of scripts, and what it held after each change. */
const book = vi.hoisted(() => ({
  scripts: new Map<string, Script>(),
  seen: [] as Map<string, readonly string[]>[],
}));
vi.mock('wxt/browser', () => {
  const changed = async () => {
    book.seen.push(new Map([...book.scripts].map(([id, { matches }]) => [id, matches])));
  };
  const put = (scripts: readonly Script[], isThere: boolean) => {
    for (const script of scripts) {
      if (book.scripts.has(script.id) !== isThere) throw new Error(`script ${script.id}`);
      book.scripts.set(script.id, script);
    }
    return changed();
  };
  return {
    browser: {
      scripting: {
        // The browser keeps them in an order of its own.
        getRegisteredContentScripts: async ({ ids }: { ids: string[] }) =>
          [...book.scripts.values()]
            .filter(({ id }) => ids.includes(id))
            .map((script) => ({ ...script, matches: [...script.matches].reverse() })),
        registerContentScripts: async (scripts: Script[]) => put(scripts, false),
        updateContentScripts: async (scripts: Script[]) => put(scripts, true),
        unregisterContentScripts: async ({ ids }: { ids: string[] }) => {
          for (const id of ids) if (!book.scripts.delete(id)) throw new Error(`no script ${id}`);
          return changed();
        },
      },
    },
  };
});
const { registerTesterScripts } = await import('@/lib/browser/scripts');

const IDS = ['bridge', 'page-hook'];
const DOCS = 'https://docs.test';
const OTHER = 'https://other.test';
const THIRD = 'http://third.test';
const matches = () =>
  Object.fromEntries([...book.scripts].map(([id, script]) => [id, [...script.matches].sort()]));
const both = (...patterns: string[]) => Object.fromEntries(IDS.map((id) => [id, patterns.sort()]));

describe('the scripts of testers', () => {
  beforeEach(async () => {
    book.scripts.clear();
    await registerTesterScripts([DOCS, OTHER]);
    book.seen = [];
  });

  it.each([
    ['comes', [DOCS, OTHER, THIRD], [DOCS, OTHER]],
    ['goes', [DOCS], [DOCS]],
    ['takes the place of another', [DOCS, THIRD], [DOCS]],
  ])('run at any time on the sites that stay when one %s', async (_what, origins, staying) => {
    await registerTesterScripts(origins);
    expect(matches()).toEqual(both(...origins.map((origin) => `${origin}/*`)));
    expect(book.seen).not.toEqual([]);
    for (const moment of book.seen) {
      for (const id of IDS) {
        expect(moment.get(id) ?? []).toEqual(expect.arrayContaining(staying.map((origin) => `${origin}/*`)));
      }
    }
  });

  it('are left alone when nothing changes', async () => {
    await registerTesterScripts([OTHER, DOCS, DOCS]);
    expect(book.seen).toEqual([]);
  });

  it('are whole again when one of them is lost', async () => {
    book.scripts.delete('page-hook');
    await registerTesterScripts([DOCS, THIRD]);
    expect(matches()).toEqual(both(`${DOCS}/*`, `${THIRD}/*`));
  });

  it('go with the last site', async () => {
    await registerTesterScripts([]);
    expect(matches()).toEqual({});
    await registerTesterScripts([]);
    expect(book.seen).toHaveLength(1);
  });
});
