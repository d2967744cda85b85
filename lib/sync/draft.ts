import { AppError } from '@/lib/core/errors';
import { sameValue } from '@/lib/core/same-values';
import { parseJson, WHOLE_SECRET, type SecretForm, type Variable } from '@/lib/core/variables';
import type { SecretRecord } from '@/lib/providers/contract';

import { changesBetween, mergeVariables } from './merge';

/** What a draft was made from. */
type Base = Pick<SecretRecord, 'version' | 'madeAt' | 'content'>;

/** Unsaved edits of one environment: what they were made from, what they are now, and the way back. */
export interface Draft {
  /** As pulled; `null` for a secret that does not exist yet. */
  readonly base: Base | null;
  readonly form: SecretForm;
  readonly mine: readonly Variable[];
  /** Earlier states of `mine`, newest last, for undo. */
  readonly past: readonly (readonly Variable[])[];
}

/** One edit; see the protocol's `editor/edit`. */
export type DraftEdit =
  | { readonly op: 'set'; readonly name: string; readonly type: Variable['type']; readonly text: string }
  | { readonly op: 'remove'; readonly name: string }
  | { readonly op: 'rename'; readonly name: string; readonly to: string }
  | { readonly op: 'reset'; readonly name: string };

/** Undo reaches so far back. */
const MOST_PAST = 50;

export function startDraft(base: Draft['base'], form: SecretForm = 'object'): Draft {
  return { base, form: base?.content.form ?? form, mine: base?.content.variables ?? [], past: [] };
}

/**
 * Applies edits as one step of the undo.
 *
 * @throws AppError `variable-invalid` with the name and a reason (`taken`, `json`, `whole`, `base64`, `absent`); the draft
 *   stays as it was then.
 */
export function editDraft(draft: Draft, edits: readonly DraftEdit[]): Draft {
  const mine = edits.reduce((variables, edit) => applyEdit(variables, edit, draft), draft.mine);
  return { ...draft, mine, past: [...draft.past, draft.mine].slice(-MOST_PAST) };
}

export function undoDraft(draft: Draft): Draft {
  const before = draft.past.at(-1);
  return before ? { ...draft, mine: before, past: draft.past.slice(0, -1) } : draft;
}

/**
 * The draft over what is at the provider by now. What was `sent` there is in it, and later edits stay edits: where both
 * changed a variable, mine stands over the new base.
 *
 * @param sent What the draft held when it was sent; `null` when it was not.
 */
export function rebaseDraft(
  draft: Draft,
  base: NonNullable<Draft['base']>,
  sent: readonly Variable[] | null,
): Draft {
  if (draft.form !== base.content.form) {
    // Edits of an object say nothing about a plain text, nor the other way round. What was sent became the other form.
    const isSent = sent !== null && changesBetween(sent, draft.mine).length === 0;
    return isSent ? startDraft(base) : draft;
  }
  const sides = [sent ?? draft.base?.content.variables ?? [], draft.mine, base.content.variables] as const;
  const mine = mergeVariables(...sides).overlaps.map(({ name }) => [name, 'mine'] as const);
  return { ...draft, base, mine: mergeVariables(...sides, new Map(mine)).merged, past: [] };
}

function applyEdit(
  variables: readonly Variable[],
  edit: DraftEdit,
  { base, form }: Draft,
): readonly Variable[] {
  const refuse = (reason: string, name = edit.name) => new AppError('variable-invalid', { name, reason });
  const at = variables.findIndex(({ name }) => name === edit.name);
  const replace = (variable: Variable) => variables.map((one, index) => (index === at ? variable : one));
  // A secret that is no object is one value: it has no other variables, and its one keeps its form.
  if (form !== 'object' && (edit.op !== 'set' || edit.name !== WHOLE_SECRET) && edit.op !== 'reset')
    throw refuse('whole');
  switch (edit.op) {
    case 'set': {
      const { name, type, text } = edit;
      if (type === 'json') checkJson(text, () => refuse('json'));
      // Plain text and bytes stay what they are.
      if (form === 'text' && type !== 'string') throw refuse('whole');
      if (form === 'binary' && !(type === 'binary' && isBase64(text))) throw refuse('base64');
      const variable = { name, type, text };
      return at < 0 ? [...variables, variable] : replace(variable);
    }
    case 'remove':
      return variables.filter(({ name }) => name !== edit.name);
    case 'rename': {
      const variable = variables[at];
      if (!variable) throw refuse('absent');
      if (edit.to !== edit.name && variables.some(({ name }) => name === edit.to))
        throw refuse('taken', edit.to);
      return replace({ ...variable, name: edit.to });
    }
    case 'reset': {
      const original = base?.content.variables.find(({ name }) => name === edit.name);
      if (!original) return variables.filter(({ name }) => name !== edit.name);
      return at < 0 ? [...variables, original] : replace(original);
    }
  }
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
}

function checkJson(text: string, refused: () => AppError): void {
  try {
    parseJson(text);
  } catch {
    throw refused();
  }
}

/** How each variable of a draft stands to its base: the draft's order, removed ones last. */
export function draftRows(
  draft: Draft,
): { readonly variable: Variable; readonly change: 'same' | 'new' | 'edited' | 'removed' }[] {
  const base = new Map(draft.base?.content.variables.map((variable) => [variable.name, variable]));
  const names = new Set(draft.mine.map(({ name }) => name));
  return [
    ...draft.mine.map((variable) => {
      const was = base.get(variable.name);
      const change = !was
        ? ('new' as const)
        : sameValue(was, variable)
          ? ('same' as const)
          : ('edited' as const);
      return { variable, change };
    }),
    ...[...base.values()]
      .filter(({ name }) => !names.has(name))
      .map((variable) => ({ variable, change: 'removed' as const })),
  ];
}

/** Whether there is anything to push. */
export function isEdited(draft: Draft): boolean {
  return draftRows(draft).some(({ change }) => change !== 'same');
}
