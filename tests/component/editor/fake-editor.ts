import { variableView } from '@/lib/background/environments';
import { AppError } from '@/lib/core/errors';
import { listInside } from '@/lib/core/inner-names';
import { sameValue } from '@/lib/core/same-values';
import { lookInside, type SecretContent, type Variable } from '@/lib/core/variables';
import type { AbilitiesView, EditorView, ReviewView } from '@/lib/messaging/editing';
import type { EnvironmentView } from '@/lib/messaging/views';
import { draftRows, editDraft, isEdited, startDraft, undoDraft, type Draft } from '@/lib/sync/draft';
import { readImport } from '@/lib/sync/import-text';
import { changesBetween } from '@/lib/sync/merge';
import { reviewAgainst } from '@/lib/sync/push';

import type { FakeOutside } from '../../unit/ui/fake-outside';
import { openOptions } from '../options/open-options';
import { environment as environmentView } from '../options/views';

/** Stands in values of the fake secrets: none of them may be in the page before it is revealed. */
export const CANARY = 'canary-7f3a91';

export const string = (name: string, text = `${CANARY}-${name}`): Variable => ({
  name,
  type: 'string',
  text,
});
export const json = (name: string, value: unknown): Variable => ({
  name,
  type: 'json',
  text: JSON.stringify(value),
});

const STAGING = [string('API_KEY'), string('CLIENT_SECRET'), json('RATE_LIMIT', 250)];

const ABILITIES: AbilitiesView = {
  permissions: { read: true, create: true, update: true, remove: true, list: true },
  compareAndSwap: true,
  history: true,
};

interface Options {
  readonly environment?: Partial<EnvironmentView>;
  /** As pulled; `null` when nothing is in memory. */
  readonly pulled?: SecretContent | null;
  /** What is at the provider now, where it is another than what was pulled; `null` when it is gone. */
  readonly theirs?: readonly Variable[] | null;
  readonly abilities?: Partial<AbilitiesView>;
  readonly answers?: FakeOutside['answers'];
}

/** Opens a page of one environment on a worker that keeps a real draft and merges as the real one does. */
export async function openEditor(
  route = '',
  { environment = {}, pulled, theirs, abilities, answers }: Options = {},
) {
  const row = environmentView('staging', environment);
  const content = pulled === undefined ? ({ form: 'object', variables: STAGING } as const) : pulled;
  let draft: Draft | null = content && startDraft({ version: '41', content });
  const now = theirs === undefined ? (content?.variables ?? []) : theirs;
  let reviews = 0;
  const pushed: (readonly Variable[])[] = [];

  const counts = (rows: readonly { readonly change: string }[]) => ({
    new: rows.filter(({ change }) => change === 'new').length,
    edited: rows.filter(({ change }) => change === 'edited').length,
    removed: rows.filter(({ change }) => change === 'removed').length,
  });
  const view = (): EditorView => {
    const rows = draft && draftRows(draft);
    const edited = draft !== null && (isEdited(draft) || !draft.base);
    return {
      environment: { ...row, state: edited && row.state === 'fresh' ? 'edited' : row.state },
      form: draft?.form ?? 'object',
      rows:
        rows?.map(({ variable, change }) => ({
          ...variableView(variable),
          change,
        })) ?? null,
      changes: counts(rows ?? []),
      canUndo: (draft?.past.length ?? 0) > 0,
      version: draft?.base?.version ?? null,
      creates: draft !== null && draft.base === null,
    };
  };
  const opened = () => {
    if (!draft) throw new AppError('not-pulled', { path: row.path });
    return draft;
  };
  const find = (variables: readonly Variable[] | undefined, name: string) =>
    variables?.find((variable) => variable.name === name) ?? null;
  const request = (choices?: ReadonlyMap<string, 'mine' | 'theirs'>) => {
    const { base, form, mine } = opened();
    return { path: row.path, base, mine: { form, variables: mine }, ...(choices && { choices }) };
  };
  const record = () =>
    now === null ? null : { path: row.path, version: '42', content: { form: opened().form, variables: now } };
  const review = (): ReviewView => {
    const there = draft?.base ? record() : null;
    const { merge } = reviewAgainst(request(), there);
    reviews += 1;
    const type = (variables: readonly Variable[], name: string) => find(variables, name)?.type ?? null;
    return {
      id: `staging:${reviews}`,
      environmentId: 'staging',
      path: row.path,
      version: there && '42',
      creates: there === null,
      rows: merge.changes.map(({ name, kind }) => ({
        name,
        change: kind,
        before: type(now ?? [], name),
        after: kind === 'removed' ? null : type(opened().mine, name),
      })),
      kept: there
        ? changesBetween(draft?.base?.content.variables ?? [], there.content.variables)
            .map(({ name }) => name)
            .filter((name) => !merge.overlaps.some((one) => one.name === name))
        : [],
      conflicts: merge.overlaps.map(({ name, base, mine, theirs: other }) => ({
        name,
        base: base?.type ?? null,
        mine: mine?.type ?? null,
        theirs: other?.type ?? null,
      })),
      compareAndSwap: abilities?.compareAndSwap ?? true,
    };
  };

  const page = await openOptions(
    route.startsWith('/') ? route : `/environments/staging${route && `/${route}`}`,
    {
      'environments/list': () => [view().environment],
      'editor/view': () => view(),
      'editor/abilities': () => ({ ...ABILITIES, ...abilities }),
      'editor/edit': ({ edits }) => {
        draft = editDraft(opened(), edits);
        return view();
      },
      'editor/undo': () => {
        draft = undoDraft(opened());
        return view();
      },
      'editor/discard': () => {
        draft = startDraft(opened().base);
        return view();
      },
      'editor/value': ({ name, side, within }) => {
        const variables = side === 'mine' ? draft?.mine : draft?.base?.content.variables;
        return within === undefined ? find(variables, name) : lookInside(variables ?? [], within, name);
      },
      'editor/inside': ({ query, open }) => listInside(draft?.mine ?? [], query, open),
      'editor/import-preview': ({ text }) => {
        const { format, variables, problems } = readImport(text);
        return {
          format,
          problems,
          rows: variables.map((variable) => {
            const there = find(opened().mine, variable.name);
            const change = !there ? 'new' : sameValue(there, variable) ? 'same' : 'edited';
            return { name: variable.name, type: variable.type, members: null, change, line: variable.line };
          }),
        };
      },
      'editor/import': ({ text, names }) => {
        const { variables } = readImport(text);
        draft = editDraft(
          opened(),
          variables
            .filter(({ name }) => names.includes(name))
            .map(({ name, type, text: value }) => ({ op: 'set', name, type, text: value })),
        );
        return view();
      },
      'push/review': () => review(),
      'push/commit': ({ choices }) => {
        const { content: result } = reviewAgainst(request(new Map(choices)), draft?.base ? record() : null);
        pushed.push(result.variables);
        const changes = draftRows(opened()).filter(({ change }) => change !== 'same').length;
        draft = startDraft({ version: '43', content: result });
        return { state: 'pushed', version: '43', changes };
      },
      'push/value': ({ name, side }) => {
        const sides = {
          base: draft?.base?.content.variables,
          mine: draft?.mine,
          theirs: now ?? [],
          result: draft?.mine,
        };
        return find(sides[side], name);
      },
      'migration/view': () => null,
      ...answers,
    },
  );

  return {
    ...page,
    /** What was written, one set of variables a push. */
    pushed: () => pushed,
    /** The draft's variables by name. */
    mine: () => Object.fromEntries((draft?.mine ?? []).map(({ name, text }) => [name, text])),
    edit: async (...edits: Parameters<typeof editDraft>[1]) => {
      draft = editDraft(opened(), edits);
      page.emit({ type: 'changed', area: 'environments' });
      await new Promise((resolve) => setTimeout(resolve));
    },
    /** The text field of a value, inside of its shadow tree. */
    area: (label: string): HTMLTextAreaElement => {
      for (const host of document.querySelectorAll('*')) {
        const found = host.shadowRoot?.querySelector<HTMLTextAreaElement>(`textarea[aria-label="${label}"]`);
        if (found) return found;
      }
      throw new Error(`no field ${label}`);
    },
    type: async (field: HTMLTextAreaElement, text: string) => {
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((resolve) => setTimeout(resolve));
    },
    pressKey: async (field: Element, key: string, init: KeyboardEventInit = {}) => {
      field.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true, ...init }),
      );
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve));
    },
  };
}
