import { plural } from './common';

/** The workspaces: the switch in the side bar and the popup, and their page. */
export const workspacesCopy = {
  current: (name: string) => `Workspace: ${name}`,
  menu: 'Workspaces',
  create: 'New workspace…',
  manage: 'Manage workspaces',

  title: 'Workspaces',
  intro:
    'A workspace has environments and testers of its own, and uses the global defaults or a connection of its own.',
  newButton: 'New workspace',
  caption: 'Workspaces',
  columns: {
    name: 'Name',
    environments: 'Environments',
    testers: 'Testers',
    connection: 'Connection',
    actions: 'Actions',
  },
  chosen: 'open now',
  own: 'its own',
  inherited: 'global defaults',
  edited: (count: number) => `${count} with unsaved changes`,
  open: 'Open',
  openOf: (name: string) => `Open ${name}`,
  rename: 'Rename',
  renameOf: (name: string) => `Rename ${name}`,
  remove: 'Delete',
  removeOf: (name: string) => `Delete ${name}`,
  last: 'The only workspace cannot be deleted.',

  createTitle: 'New workspace',
  createText: 'It starts empty, and uses the global defaults until you give it a connection of its own.',
  name: 'Name',
  nameHint: 'Such as a team, a product or a customer.',
  nameEmpty: 'Write a name.',
  cancel: 'Cancel',
  createDo: 'Create workspace',
  created: (name: string) => `${name} is made and open.`,

  renameTitle: (name: string) => `Rename ${name}`,
  renameText: 'Only the name changes.',
  renameDo: 'Rename',
  renamed: (name: string) => `Renamed to ${name}.`,

  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteText: 'This cannot be undone. Keyferry forgets, in this browser:',
  goesEnvironments: (count: number) =>
    count === 0
      ? 'no environment, as there is none in it'
      : `${plural(count, 'environment')} with all values in memory`,
  goesEdited: (count: number) => `the unsaved changes in ${plural(count, 'environment')}`,
  goesTesters: (count: number) => `${plural(count, 'tester')} with the destinations allowed there`,
  goesConnection: 'its own connection, with the credentials sealed for it',
  stays: 'The secrets at your provider stay as they are, and so do the global defaults.',
  deleteKeep: (name: string) => `Keep ${name}`,
  deleteDo: 'Delete workspace',
  deleted: (name: string) => `${name} is deleted.`,
} as const;
