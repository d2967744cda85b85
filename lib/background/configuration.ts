import { readConfiguration } from '@/lib/core/configuration-read';
import { toBase64 } from '@/lib/core/bytes';
import { AppError } from '@/lib/core/errors';
import { accessPattern } from '@/lib/core/origins';
import type { Injection } from '@/lib/injection/contract';
import type {
  ConfigurationFileView,
  ConfigurationPreview,
  ImportResult,
} from '@/lib/messaging/configuration';
import type { KeyferryDb } from '@/lib/storage/db';

import { exportConfiguration } from './configuration-export';
import type { PlannedItem } from './configuration-items';
import { planConfiguration, type Plan } from './configuration-plan';
import { readStored } from './configuration-stored';
import { writeConfiguration, type Written } from './configuration-write';
import type { ConnectionChanges } from './connection-changes';
import type { Connections } from './connections';
import type { Drafts } from './drafts';
import type { Lock } from './lock';
import type { PolicyInForce } from './policy';
import type { Platform } from './ports';
import type { Testers } from './testers';

interface ConfigurationFileDeps {
  readonly db: KeyferryDb;
  readonly lock: Pick<Lock, 'settings' | 'follow'>;
  readonly policy: Pick<PolicyInForce, 'checkForm' | 'checkTester' | 'checkDestination'>;
  readonly drafts: Pick<Drafts, 'summaries'>;
  readonly changes: Pick<ConnectionChanges, 'forced' | 'forgetPulled'>;
  readonly connections: Pick<Connections, 'untrust'>;
  readonly testers: Pick<Testers, 'register'>;
  readonly wire: () => Pick<Injection, 'sweep'>;
  readonly platform: Pick<Platform, 'now' | 'hasHostAccess' | 'broadcast'>;
}

/** The configuration file: written without a secret, read without trust. It never connects anywhere. */
export function createConfigurationFiles(deps: ConfigurationFileDeps) {
  const { db, lock, policy, drafts, changes, connections, testers, platform } = deps;

  const plan = async (text: string): Promise<{ plan: Plan; preview: ConfigurationPreview }> => {
    const file = readConfiguration(text);
    const origins = file.workspaces.flatMap((workspace) => workspace.testers.map(({ origin }) => origin));
    const [stored, settings, summaries, allowed] = await Promise.all([
      readStored(db),
      lock.settings(),
      drafts.summaries(),
      Promise.all(origins.map((origin) => platform.hasHostAccess(accessPattern(origin)))),
    ]);
    const accessible = new Set(origins.filter((_, at) => allowed[at]));
    const made = planConfiguration(file, {
      stored,
      lock: settings,
      edited: new Set(Object.keys(summaries)),
      policy,
      hasAccess: (origin) => accessible.has(origin),
    });
    const items = made.items.map(({ view }) => view);
    const id = await digest(JSON.stringify([text, items]));
    return { plan: made, preview: { id, exportedAt: Date.parse(file.exportedAt), items } };
  };

  return {
    async export(): Promise<ConfigurationFileView> {
      const now = platform.now();
      const file = exportConfiguration(await readStored(db), await lock.settings(), now);
      return {
        name: `keyferry-configuration-${file.exportedAt.slice(0, 10)}.json`,
        text: `${JSON.stringify(file, null, 2)}\n`,
      };
    },

    /** @throws AppError `file-invalid`. Nothing is changed. */
    preview: async (text: string): Promise<ConfigurationPreview> => (await plan(text)).preview,

    /**
     * Brings in the chosen items of a preview.
     *
     * @throws AppError `file-invalid`; `preview-over` when what stands here is another than the preview was made of.
     */
    async import(text: string, previewId: string, choices: readonly string[]): Promise<ImportResult> {
      const now = await plan(text);
      if (now.preview.id !== previewId) throw new AppError('preview-over');
      const { taken, left } = choose(now.plan.items, new Set(choices));
      let written: Written = { moved: [], rebound: [], untrusted: [] };
      await changes.forced(async () => {
        written = await db.transaction('rw', db.tables, () =>
          writeConfiguration(
            db,
            taken.map(({ write }) => write),
            now.plan.matches,
            platform.now(),
          ),
        );
        for (const scope of written.untrusted) await connections.untrust(scope);
      });
      if (written.moved.length > 0) await changes.forgetPulled(written.moved);
      for (const environmentId of written.moved) await deps.wire().sweep({ environmentId });
      for (const testerId of written.rebound) await deps.wire().sweep({ testerId });
      await lock.follow();
      await testers.register();
      for (const area of ['status', 'environments', 'testers', 'connection'] as const)
        platform.broadcast({ type: 'changed', area });
      return { imported: taken.length, left };
    },
  };
}

/** What of the chosen can come: what it needs is here already, or comes too. */
function choose(items: readonly PlannedItem[], chosen: ReadonlySet<string>) {
  const missing = new Set(items.filter(({ view }) => view.change === 'new').map(({ view }) => view.id));
  const taken: PlannedItem[] = [];
  const left: string[] = [];
  for (const item of items) {
    const { id, change, needs } = item.view;
    if (!chosen.has(id) || change === 'same' || change === 'refused') continue;
    if (needs.some((need) => missing.has(need))) {
      left.push(id);
      continue;
    }
    missing.delete(id);
    taken.push(item);
  }
  return { taken, left };
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return toBase64(new Uint8Array(hash));
}

export type ConfigurationFiles = ReturnType<typeof createConfigurationFiles>;
