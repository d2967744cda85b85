import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { createRouter, createWebHashHistory } from 'vue-router';

import OptionsApp from '@/components/app/OptionsApp.vue';
import { createOutside } from '@/lib/ui/browser-outside';
import { provideOutside } from '@/lib/ui/client';

import { routes } from './routes';

import '@/lib/ui/app.css';

const app = createApp(OptionsApp);
app.use(createPinia());
provideOutside(app, createOutside());
app.use(createRouter({ history: createWebHashHistory(), routes }));
app.mount('#app');
