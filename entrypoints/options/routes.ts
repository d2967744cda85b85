import type { RouteLocationNormalized, RouteRecordRaw } from 'vue-router';

import LockedPage from '@/components/app/LockedPage.vue';
import MissingPage from '@/components/app/MissingPage.vue';
import BackupPage from '@/components/backup/BackupPage.vue';
import BulkPushPage from '@/components/environments/BulkPushPage.vue';
import ConflictPage from '@/components/environments/ConflictPage.vue';
import DeleteDialog from '@/components/environments/DeleteDialog.vue';
import EditorPage from '@/components/environments/EditorPage.vue';
import EditorRenameDialog from '@/components/environments/EditorRenameDialog.vue';
import EnvironmentsPage from '@/components/environments/EnvironmentsPage.vue';
import HistoryPage from '@/components/environments/HistoryPage.vue';
import ImportDialog from '@/components/environments/ImportDialog.vue';
import MigratePage from '@/components/environments/MigratePage.vue';
import NewEnvironmentDialog from '@/components/environments/NewEnvironmentDialog.vue';
import ReviewDialog from '@/components/environments/ReviewDialog.vue';
import HelpPage from '@/components/help/HelpPage.vue';
import SecurityPage from '@/components/security/SecurityPage.vue';
import DestinationDialog from '@/components/testers/DestinationDialog.vue';
import EnableDialog from '@/components/testers/EnableDialog.vue';
import TestersPage from '@/components/testers/TestersPage.vue';
import PullResultPage from '@/components/vault/PullResultPage.vue';
import VaultPage from '@/components/vault/VaultPage.vue';
import WelcomePage from '@/components/welcome/WelcomePage.vue';
import WorkspacesPage from '@/components/workspaces/WorkspacesPage.vue';
import { unlockCopy } from '@/lib/core/copy/options';
import { welcomeCopy } from '@/lib/core/copy/welcome';
import { workspacesCopy } from '@/lib/core/copy/workspaces';

const environmentId = ({ params }: RouteLocationNormalized) => ({ environmentId: String(params.id) });

/**
 * `meta.page`: the side bar's entry. `meta.open`: shown while locked too. `meta.bare`: without side bar.
 * `meta.above`: a dialog above that page, which keeps its place and the focus.
 */
export const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/environments' },
  {
    path: '/environments',
    component: EnvironmentsPage,
    meta: { page: 'environments' },
    children: [{ path: 'new', component: NewEnvironmentDialog }],
  },
  {
    path: '/environments/:id',
    component: EditorPage,
    props: environmentId,
    meta: { page: 'environments' },
    children: [
      { path: 'review', component: ReviewDialog, props: environmentId },
      { path: 'import', component: ImportDialog, props: environmentId },
      { path: 'rename', component: EditorRenameDialog, props: environmentId },
      { path: 'delete', component: DeleteDialog, props: environmentId },
    ],
  },
  {
    path: '/environments/:id/conflict',
    component: ConflictPage,
    props: environmentId,
    meta: { page: 'environments' },
  },
  {
    path: '/environments/:id/history/:version?',
    component: HistoryPage,
    props: ({ params }) => ({ environmentId: String(params.id), version: String(params.version ?? '') }),
    meta: { page: 'environments' },
  },
  {
    path: '/environments/:id/migrate',
    component: MigratePage,
    props: environmentId,
    meta: { page: 'environments' },
  },
  { path: '/push', component: BulkPushPage, meta: { page: 'environments' } },
  {
    path: '/testers',
    component: TestersPage,
    meta: { page: 'testers', above: '/testers' },
    children: [
      { path: 'enable', component: EnableDialog },
      {
        path: ':tester/destination',
        component: DestinationDialog,
        props: ({ params }) => ({ testerId: String(params.tester) }),
      },
    ],
  },
  {
    path: '/vault/:scope?',
    component: VaultPage,
    props: ({ params }) => ({ scope: params.scope ? String(params.scope) : null }),
    meta: { page: 'vault' },
  },
  {
    path: '/pull/:run',
    component: PullResultPage,
    props: ({ params }) => ({ run: String(params.run) }),
    meta: { page: 'vault' },
  },
  { path: '/workspaces', component: WorkspacesPage, meta: { title: workspacesCopy.title } },
  {
    path: '/workspaces/new',
    component: WorkspacesPage,
    props: { dialog: 'new' },
    meta: { title: workspacesCopy.title, above: '/workspaces' },
  },
  {
    path: '/workspaces/:workspace/:dialog(rename|delete)',
    component: WorkspacesPage,
    props: ({ params }) => ({ dialog: params.dialog, workspaceId: String(params.workspace) }),
    meta: { title: workspacesCopy.title, above: '/workspaces' },
  },
  { path: '/backup', component: BackupPage, meta: { page: 'backup', beforeSetUp: true } },
  { path: '/security', component: SecurityPage, meta: { page: 'security' } },
  {
    path: '/help/:topic?',
    component: HelpPage,
    props: ({ params }) => ({ topic: String(params.topic ?? '') }),
    meta: { page: 'help', open: true },
  },
  {
    path: '/welcome/:step(\\d)?',
    component: WelcomePage,
    props: ({ params }) => ({ step: Number(params.step || 1) }),
    meta: { title: welcomeCopy.title, open: true, bare: true },
  },
  { path: '/locked', name: 'locked', component: LockedPage, meta: { title: unlockCopy.title } },
  { path: '/:rest(.*)*', component: MissingPage, meta: { open: true } },
];
