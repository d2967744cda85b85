import { describe, expect, it } from 'vitest';

import type { SecretContent } from '@/lib/core/variables';
import {
  draftRows,
  editDraft,
  isEdited,
  rebaseDraft,
  startDraft,
  undoDraft,
  type DraftEdit,
} from '@/lib/sync/draft';

const content: SecretContent = {
  form: 'object',
  variables: [
    { name: 'API_KEY', type: 'string', text: 'k' },
    { name: 'PORT', type: 'json', text: '5432' },
  ],
};
const start = () => startDraft({ version: '3', content });
const edited = (...edits: DraftEdit[]) => editDraft(start(), edits);
const rows = (draft: ReturnType<typeof start>) =>
  draftRows(draft).map(({ variable, change }) => [variable.name, variable.text, change]);

describe('a draft', () => {
  it('starts as pulled, with nothing to push', () => {
    expect(rows(start())).toEqual([
      ['API_KEY', 'k', 'same'],
      ['PORT', '5432', 'same'],
    ]);
    expect(isEdited(start())).toBe(false);
  });

  it('tells new, edited and removed, and what was renamed as both', () => {
    const draft = edited(
      { op: 'set', name: 'API_KEY', type: 'string', text: 'k2' },
      { op: 'rename', name: 'PORT', to: 'DB_PORT' },
      { op: 'set', name: 'NEW', type: 'json', text: '[1.0]' },
    );
    expect(rows(draft)).toEqual([
      ['API_KEY', 'k2', 'edited'],
      ['DB_PORT', '5432', 'new'],
      ['NEW', '[1.0]', 'new'],
      ['PORT', '5432', 'removed'],
    ]);
  });

  it('is not edited when a value is typed back', () => {
    const there = edited({ op: 'set', name: 'API_KEY', type: 'string', text: 'other' });
    expect(isEdited(editDraft(there, [{ op: 'set', name: 'API_KEY', type: 'string', text: 'k' }]))).toBe(
      false,
    );
  });

  it('counts a change of type as a change', () => {
    expect(isEdited(edited({ op: 'set', name: 'PORT', type: 'string', text: '5432' }))).toBe(true);
  });

  it('undoes step by step to where it started', () => {
    const twice = editDraft(edited({ op: 'remove', name: 'API_KEY' }), [{ op: 'remove', name: 'PORT' }]);
    expect(rows(undoDraft(twice)).map(([name, , change]) => [name, change])).toEqual([
      ['PORT', 'same'],
      ['API_KEY', 'removed'],
    ]);
    expect(undoDraft(undoDraft(undoDraft(twice)))).toEqual(start());
  });

  it('resets one variable to what was pulled', () => {
    const changed = edited(
      { op: 'set', name: 'API_KEY', type: 'string', text: 'x' },
      { op: 'remove', name: 'PORT' },
    );
    const reset = editDraft(changed, [
      { op: 'reset', name: 'API_KEY' },
      { op: 'reset', name: 'PORT' },
    ]);
    expect(isEdited(reset)).toBe(false);
  });

  it.each<[string, DraftEdit, object]>([
    [
      'text that is no JSON',
      { op: 'set', name: 'A', type: 'json', text: '{' },
      { name: 'A', reason: 'json' },
    ],
    [
      'a name that is taken',
      { op: 'rename', name: 'API_KEY', to: 'PORT' },
      { name: 'PORT', reason: 'taken' },
    ],
    ['a name that is not there', { op: 'rename', name: 'NOPE', to: 'X' }, { name: 'NOPE', reason: 'absent' }],
  ])('refuses %s', (_what, edit, details) => {
    expect(() => edited(edit)).toThrow(expect.objectContaining({ code: 'variable-invalid', details }));
  });

  it('of a secret that is one text has this one value only', () => {
    const text = startDraft({
      version: 'v',
      content: { form: 'text', variables: [{ name: 'VALUE', type: 'string', text: 'plain' }] },
    });
    expect(isEdited(editDraft(text, [{ op: 'set', name: 'VALUE', type: 'string', text: 'other' }]))).toBe(
      true,
    );
    expect(() => editDraft(text, [{ op: 'set', name: 'OTHER', type: 'string', text: '' }])).toThrow(
      expect.objectContaining({ code: 'variable-invalid' }),
    );
  });
});

describe('a draft of plain text that is JSON once it is sent', () => {
  const text = (value: string): SecretContent => ({
    form: 'text',
    variables: [{ name: 'VALUE', type: 'string', text: value }],
  });
  const sent = editDraft(startDraft({ version: '1', content: text('plain') }), [
    { op: 'set', name: 'VALUE', type: 'string', text: '{"API_KEY":"k","PORT":5432}' },
  ]);

  it('is done, and the secret has variables now', () => {
    expect(rebaseDraft(sent, { version: '2', content }, sent.mine)).toEqual(
      startDraft({ version: '2', content }),
    );
  });

  it('stays where it was edited since', () => {
    const later = editDraft(sent, [{ op: 'set', name: 'VALUE', type: 'string', text: 'later' }]);
    expect(rebaseDraft(later, { version: '2', content }, sent.mine)).toBe(later);
  });
});
