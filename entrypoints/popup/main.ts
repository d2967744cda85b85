import { createPinia } from 'pinia';
import { createApp } from 'vue';

import PopupApp from '@/components/popup/PopupApp.vue';
import { createOutside } from '@/lib/ui/browser-outside';
import { provideOutside } from '@/lib/ui/client';
import { usePopupStore } from '@/lib/ui/stores/popup';

import '@/lib/ui/app.css';

const app = createApp(PopupApp);
app.use(createPinia());
provideOutside(app, createOutside());

// Opened as a page, the popup is itself the active tab: the address says which tab is meant.
const tab = Number(new URLSearchParams(location.search).get('tab') ?? Number.NaN);
if (Number.isInteger(tab)) usePopupStore().tabId = tab;

app.mount('#app');
