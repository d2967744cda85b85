import { defineBackground } from 'wxt/utils/define-background';

import { startApp } from '@/lib/background/app';

export default defineBackground({ type: 'module', main: startApp });
