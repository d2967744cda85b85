import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';

import { backupCopy } from '@/lib/core/copy/backup';
import { AppError } from '@/lib/core/errors';
import type { ConfigurationItem, ConfigurationPreview } from '@/lib/messaging/configuration';
import type { FakeOutside } from '../../unit/ui/fake-outside';

import { expectAccessible } from '../base/render';
import { openOptions } from './open-options';
import { statusView } from './views';

function item(id: string, over: Partial<ConfigurationItem>): ConfigurationItem {
  return {
    id,
    kind: 'environment',
    workspace: 'Payments',
    name: id,
    provider: null,
    change: 'new',
    refusal: null,
    fields: [],
    notes: [],
    needs: [],
    ...over,
  };
}

const ITEMS: readonly ConfigurationItem[] = [
  item('lock', {
    kind: 'lock',
    workspace: null,
    name: '',
    change: 'changed',
    fields: [{ field: 'idleMinutes', before: '30', after: '15' }],
    notes: ['stricter-kept'],
  }),
  item('connection:payments:hashicorp', {
    kind: 'connection',
    name: 'https://vault.harbourside.example',
    provider: 'hashicorp',
    notes: ['credentials-needed', 'auto-sync-stays-off'],
    needs: ['workspace:payments'],
  }),
  item('workspace:payments', { kind: 'workspace', name: 'Payments' }),
  item('environment:staging', { name: 'Staging', needs: ['workspace:payments'] }),
  item('environment:eu', {
    name: 'EU',
    change: 'changed',
    fields: [{ field: 'path', before: 'orders/eu', after: 'orders/eu/main' }],
    notes: ['grants-dropped'],
  }),
  item('environment:old', { name: 'Old', change: 'same' }),
  item('tester', { kind: 'tester', name: 'https://docs.harbourside.example', notes: ['access-needed'] }),
  item('grant', {
    kind: 'grant',
    name: 'https://api.harbourside.example',
    notes: ['proposal'],
    needs: ['tester'],
  }),
  item('environment:bad', {
    name: 'Bad',
    change: 'refused',
    refusal: { code: 'path-taken', details: { path: 'orders/x', name: 'Staging' } },
  }),
];

const PREVIEW: ConfigurationPreview = { id: 'preview', exportedAt: Date.now() - 120_000, items: ITEMS };
const TEXT = '{"format":"keyferry-configuration"}';

/** Opens the page and pastes a file's text. */
async function paste(answers: FakeOutside['answers'] = {}) {
  const page = await openOptions('/backup', { 'configuration/preview': () => PREVIEW, ...answers });
  await page.press('Paste text…');
  await page.field('Text of a configuration file').setValue(TEXT);
  await page.wrapper.get('main form').trigger('submit');
  await flushPromises();
  return page;
}
type Page = Awaited<ReturnType<typeof paste>>;

const box = (page: Page, name: string) => {
  const label = page.wrapper.findAll('label[for]').find((one) => one.text().includes(name));
  if (!label) throw new Error(`no tick for ${name}`);
  return page.wrapper.get<HTMLInputElement>(`[id="${label.attributes('for')}"]`);
};

describe('the export', () => {
  it('says what is in the file and what is not, and saves it', async () => {
    const page = await openOptions('/backup', {
      'configuration/export': () => ({ name: 'keyferry-2026-11-25.json', text: TEXT }),
    });
    expect(page.text()).toContain('Environments names and vault paths 5');
    expect(page.text()).toContain('Not in the file: values, variable names, tokens, keys');
    await expectAccessible();
    await page.press('Export configuration');
    expect(page.asked()).toContainEqual(['save-file', 'keyferry-2026-11-25.json']);
    expect(page.saved()).toBe(TEXT);
    expect(page.everything()).toContain('keyferry-2026-11-25.json is saved.');
  });

  it('says why it failed', async () => {
    const page = await openOptions('/backup', {
      'configuration/export': () => {
        throw new AppError('locked');
      },
    });
    await page.press('Export configuration');
    expect(page.names()).not.toContain('save-file');
    expect(page.everything()).toContain('Keyferry is locked');
  });
});

describe('before there is a passphrase', () => {
  const firstRun = { 'status/view': () => statusView({ phase: 'first-run' }) };

  it('takes a file, and then goes on with the set-up', async () => {
    const page = await paste({ ...firstRun, 'configuration/import': () => ({ imported: 4, left: [] }) });
    expect(page.router.currentRoute.value.path).toBe('/backup');
    expect(page.text()).toContain('Begin with a configuration file');
    expect(page.hasButton('Export configuration')).toBe(false);
    await expectAccessible();
    await page.press('Import 5 items');
    expect(page.text()).toContain('Imported 4 items. What is left to do Choose a passphrase, then enter');
    expect(page.text()).not.toContain('Open Vault');
    const links = page.wrapper.findAll('main a').map((link) => [link.text(), link.attributes('href')]);
    // One way on, not two.
    expect(links).toEqual([['Go on with the set-up', '#/welcome/1']]);
    await expectAccessible();
  });

  it('is reached from the first step', async () => {
    const page = await openOptions('/welcome/1', firstRun);
    const links = page.wrapper.findAll('main a').map((link) => [link.text(), link.attributes('href')]);
    expect(links).toContainEqual(['Import a configuration file first', '#/backup']);
  });

  it('is shut again while Keyferry is locked', async () => {
    const page = await openOptions('/backup', { 'status/view': () => statusView({ phase: 'locked' }) });
    expect(page.hasButton('Unlock')).toBe(true);
    expect(page.hasButton('Choose a file…')).toBe(false);
  });
});

describe('the import', () => {
  it('shows what would change, by workspace, before anything does', async () => {
    const page = await paste();
    expect(page.names()).not.toContain('configuration/import');
    for (const line of [
      '5 new, 2 changed, 1 the same, 1 refused',
      'For all workspaces',
      'Lock settings changed Auto-lock, minutes: 30 15',
      'Where yours is stricter, yours stays.',
      'Workspace Payments',
      'HashiCorp Vault https://vault.harbourside.example new It gets no credential of yours',
      'Environment EU changed Vault path: orders/eu orders/eu/main It points elsewhere',
      'Destination https://api.harbourside.example new Arrives as a proposal',
      'Environment Bad refused',
      '1 is here already and stays as it is',
    ]) {
      expect(page.text()).toContain(line);
    }
    await expectAccessible();
    await page.press('Show them');
    expect(page.text()).toContain('Environment Old the same');
    await expectAccessible();
  });

  it('takes what is new at first, follows what items need, and imports what is ticked', async () => {
    const page = await paste({ 'configuration/import': () => ({ imported: 4, left: [] }) });
    expect(box(page, 'Staging').element.checked).toBe(true);
    expect(box(page, 'EU').element.checked).toBe(false);
    await box(page, 'https://docs.harbourside.example').setValue(false);
    expect(box(page, 'https://api.harbourside.example').element.checked).toBe(false);
    await box(page, 'EU').setValue(true);
    await page.press('Import 4 items');
    const [, request] = page.asked().find(([what]) => what === 'configuration/import') ?? [];
    expect(request).toMatchObject({ text: TEXT, preview: 'preview' });
    expect(new Set((request as { choices: string[] }).choices)).toEqual(
      new Set([
        'workspace:payments',
        'environment:staging',
        'connection:payments:hashicorp',
        'environment:eu',
      ]),
    );
  });

  it('says what is left to do, and leads there', async () => {
    const page = await paste({
      'configuration/import': () => ({ imported: 5, left: [] }),
      'workspace/switch': () => null,
      'workspaces/list': () => [
        {
          id: 'payments',
          name: 'Payments',
          order: 1,
          environments: 1,
          edited: 0,
          testers: 1,
          override: true,
        },
      ],
    });
    await page.press('Import 5 items');
    expect(page.text()).toContain('Imported 5 items.');
    expect(page.text()).toContain('Enter the credentials of the workspace Payments.');
    expect(page.text()).toContain(
      'Payments: 1 proposed destination to accept or remove, 1 site to be given access by your browser.',
    );
    expect(page.wrapper.get('a[href="#/vault/payments"]').text()).toBe('Open Vault');
    await expectAccessible();
    await page.press('Open Testers of Payments');
    expect(page.asked()).toContainEqual(['workspace/switch', { workspaceId: 'payments' }]);
    expect(page.router.currentRoute.value.path).toBe('/testers');
  });

  it('tells what stayed out', async () => {
    const page = await paste({ 'configuration/import': () => ({ imported: 3, left: ['grant', 'tester'] }) });
    await page.press('Import 5 items');
    expect(page.text()).toContain('2 items stayed out');
    expect(page.text()).not.toContain('proposed destination');
    await page.press('Import another file');
    expect(page.hasButton('Choose a file…')).toBe(true);
  });

  it('wants a tick before it imports', async () => {
    const page = await paste();
    await page.press('Take all of Workspace Payments');
    await page.press('Take none of Workspace Payments');
    expect(page.text()).toContain(backupCopy.chooseFirst);
    expect(page.button('Import 0 items').attributes('disabled')).toBeDefined();
    await expectAccessible();
  });

  it('says what is wrong with a file, and where', async () => {
    const page = await paste({
      'configuration/preview': () => {
        throw new AppError('file-invalid', {
          reason: 'unknown-field',
          where: 'workspaces[0].token',
          line: 12,
        });
      },
    });
    expect(page.text()).toContain('(workspaces[0].token), line 12. Nothing was imported.');
    await expectAccessible();
  });

  it('offers the preview again when something changed here since', async () => {
    const page = await paste({
      'configuration/import': () => {
        throw new AppError('preview-over');
      },
    });
    await page.press('Import 5 items');
    expect(page.text()).toContain('Something changed here since the preview.');
    await page.press('Look at the preview again');
    expect(page.names().filter((name) => name === 'configuration/preview')).toHaveLength(2);
  });

  it('reads a file, and refuses one that is far too large unread', async () => {
    const page = await openOptions('/backup', { 'configuration/preview': () => PREVIEW });
    const input = page.wrapper.get<HTMLInputElement>('input[type="file"]');
    const give = async (file: File) => {
      Object.defineProperty(input.element, 'files', { value: [file], configurable: true });
      await input.trigger('change');
      await flushPromises();
    };
    const huge = new File(['x'], 'huge.json');
    Object.defineProperty(huge, 'size', { value: 30_000_000 });
    await give(huge);
    expect(page.names()).not.toContain('configuration/preview');
    expect(page.text()).toContain('it is larger than a configuration can be');
    await give(new File([TEXT], 'keyferry-payments.json'));
    await flushPromises();
    expect(page.text()).toContain('keyferry-payments.json');
    expect(page.asked()).toContainEqual(['configuration/preview', { text: TEXT }]);
  });

  it('draws a file of ten thousand environments a part at a time', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => item(`environment:${at}`, { name: `env-${at}` }));
    const page = await paste({ 'configuration/preview': () => ({ ...PREVIEW, items: many }) });
    expect(page.text()).toContain('10000 new');
    expect(page.wrapper.findAll('main li input')).toHaveLength(100);
    await page.press('Show 500 more');
    expect(page.wrapper.findAll('main li input')).toHaveLength(600);
  });
});
