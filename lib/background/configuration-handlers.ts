import { AppError } from '@/lib/core/errors';
import type { Handlers } from '@/lib/messaging/router';

type ConfigurationMessage = Extract<
  keyof Handlers,
  `workspaces/${string}` | `workspace/${string}` | `configuration/${string}`
>;

/** The messages of workspaces and of the configuration file. */
export function createConfigurationHandlers(): Pick<
  Handlers,
  ConfigurationMessage | 'connection/reset' | 'grant/accept'
> {
  const notYet = () => {
    throw new AppError('not-supported-here');
  };
  return {
    'workspaces/list': notYet,
    'workspace/create': notYet,
    'workspace/rename': notYet,
    'workspace/delete': notYet,
    'workspace/switch': notYet,
    'configuration/export': notYet,
    'configuration/preview': notYet,
    'configuration/import': notYet,
    'connection/reset': notYet,
    'grant/accept': notYet,
  };
}
