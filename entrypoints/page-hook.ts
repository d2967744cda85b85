import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';

import { installHook } from '@/lib/injection/hook/install';

export default defineUnlistedScript(() => installHook());
