import { defineBackground } from 'wxt/utils/define-background';

import { startApp } from '@/lib/background/app';

// One classic script, no module: Chromium starts it in little more than half the time (npm run bench, worker).
export default defineBackground({ main: startApp });
